"""Where an interpreter finds itself and its library: folders laid out around a copy of it."""
import os
import shutil
import subprocess
import sys
import tempfile

PROGRAM = os.path.realpath(sys.executable)
LIBRARY = os.path.realpath(os.path.dirname(os.__file__))
SHOW = """import sys
print('   ', sys.executable, sys._base_executable, sys.prefix, sys.exec_prefix, sys.base_prefix, sys.platlibdir)
print('   ', sys._stdlib_dir, sys.flags.isolated, sys.flags.no_site, sys.flags.safe_path, sys.flags.ignore_environment)
print('   ', sys.path)
"""
root = os.path.realpath(tempfile.mkdtemp())


def clear():
    shutil.rmtree(root)
    os.mkdir(root)


def place(path):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def program(path="bin/prog"):
    shutil.copy2(PROGRAM, place(path))


def link(path, target):
    os.symlink(target.replace("ROOT", root), place(path))


def text(path, content):
    with open(place(path), "w") as file:
        file.write(content.replace("ROOT", root).replace("LIBRARY", LIBRARY))


def library(path="lib/python3.11", without=()):
    os.makedirs(place(path))
    for name in os.listdir(LIBRARY):
        if name not in without:
            link(f"{path}/{name}", f"{LIBRARY}/{name}")


def run(label, path="bin/prog", argv0=None, flags=("-S",), cwd=".", **environment):
    path = os.path.join(root, path)
    environment = {key: value.replace("ROOT", root) for key, value in environment.items()}
    environment.setdefault("PATH", "/usr/bin:/bin")
    done = subprocess.run([argv0 or path, *flags, "-c", SHOW], executable=path, env=environment,
                          cwd=os.path.join(root, cwd), capture_output=True, text=True)
    print(label, done.returncode)
    print((done.stdout + done.stderr).replace(root, "ROOT"), end="")


program()
run("no library")
library()
run("its library")
run("isolated", flags=("-I", "-S"))
run("relative", argv0="bin/../bin/prog")
run("through PATH", argv0="prog", PATH="/nowhere:ROOT/bin")
run("not in PATH", argv0="absent", cwd="bin")
run("PYTHONPATH", PYTHONPATH="ROOT/x:rel::./a/../b", cwd="bin")
run("PYTHONEXECUTABLE", PYTHONEXECUTABLE="/some/where")
run("another libdir", PYTHONPLATLIBDIR="other", PYTHONHOME="ROOT/none:ROOT", flags=("-E", "-S"))
link("links/first", "ROOT/bin/prog")
link("links/second", "../links/first")
run("links", "links/second")
link("folder", "bin")
run("linked folder", "folder/prog")

clear()
program("a/b/bin/prog")
library("a/lib/python3.11", without=["lib-dynload"])
os.makedirs(place("lib/python3.11/lib-dynload"))
run("libraries above", "a/b/bin/prog")
os.unlink(place("a/lib/python3.11/os.py"))
run("no landmark", "a/b/bin/prog")

clear()
program()
library("one/lib/python3.11")
library("two/lib/python3.11")
for home in ("ROOT/one", "ROOT/one:ROOT/two", "ROOT/two/", "ROOT/one:", ":ROOT/two"):
    run(f"PYTHONHOME={home}", PYTHONHOME=home)
library("lib64/python3.11")
run("lib64", PYTHONPLATLIBDIR="lib64")
run("lib64 is ignored", PYTHONPLATLIBDIR="lib64", flags=("-E", "-S"))

for config in ("home = ROOT/base/bin\n", "x = 1\r\n HOME=ROOT/base/bin/ \r\nhome = /no\n", "home = base/bin\n",
               "home =\n", "home\n", "home = ROOT/none\n"):
    clear()
    program("base/bin/python3.11")
    library("base/lib/python3.11")
    text("env/pyvenv.cfg", config)
    link("env/bin/linked", "ROOT/base/bin/python3.11")
    program("env/bin/copied")
    run(f"linked, {config!a}", "env/bin/linked")
    run(f"copied, {config!a}", "env/bin/copied")
run("with site", "env/bin/linked", flags=("-I",))
text("env/bin/pyvenv.cfg", "home = ROOT/base/bin\n")
run("beside and above", "env/bin/copied")
run("home wins", "env/bin/copied", PYTHONHOME="ROOT/base")

for paths in ("LIBRARY\n", "  LIBRARY  # comment\n\n#\n../x\nimport site\n.\n", "import  os\nimport os\nLIBRARY", ):
    clear()
    program()
    library()
    text("bin/prog._pth", paths)
    run(f"_pth, {paths!a}", PYTHONPATH="/x", PYTHONHOME="/y", flags=())
link("other/name", "ROOT/bin/prog")
run("_pth behind a link", "other/name")
text("other/name._pth", "LIBRARY\nz")
run("_pth beside a link", "other/name")
shutil.rmtree(root)
