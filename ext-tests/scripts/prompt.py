"""The prompt over a pipe: ends of input, interrupts, what is asked for after errors, -i."""
import os
import signal
import subprocess
import sys
import time


def show(name, args, text):
    run = subprocess.run([sys.executable, *args], input=text, capture_output=True, text=True)
    print(f"== {name}: {run.returncode}\n{run.stdout}--\n{run.stderr}")


INPUTS = ["", "x = 1\n", "x", "def f():\n", "def f():\n  pass\n", "(1,\n", '"""abc\n', "if 1:\n  2", "1\n\\\n",
          "from __future__ import barry_as_FLUFL\n1 != 2\n1 <> 2\n", "f(**k, *a)\n1\n", "try:\n  1/0\nexcept ValueError:\n  2\n\n3\n"]
for text in INPUTS:
    show(ascii(text), ["-i", "-q"], text)
show("command", ["-i", "-c", "x = 1"], "x\n")
show("failing command", ["-i", "-c", "1/0"], "import sys; sys.last_value\n")
show("plain", ["-"], "print(1)\n1\n")

child = subprocess.Popen([sys.executable, "-i", "-q"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, bufsize=0)


def await_prompt(prompt):
    seen = b""
    while not seen.endswith(prompt):
        seen += os.read(child.stderr.fileno(), 4096)
    time.sleep(0.1)
    return seen


for text, prompt in [(b"", b">>> "), (b"def f():\n", b"... "), (b"x = 2\n", b">>> ")]:
    child.stdin.write(text)
    print(await_prompt(prompt))
    child.send_signal(signal.SIGINT)
    print(await_prompt(b">>> "))
print(child.communicate(b"x\n"))
