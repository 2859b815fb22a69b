"""Caches of the standard library: the same bytes, and each interpreter runs what the other wrote."""
import glob
import hashlib
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile

LIBRARY = os.path.dirname(os.__file__)
# In these a reference flag tells how often the compiler still held a constant.
DIFFERENT = {"typing"}
root = tempfile.mkdtemp()
modes = list(py_compile.PycInvalidationMode)
for number, path in enumerate(sorted(glob.glob(f"{LIBRARY}/[a-z]*.py") + glob.glob(f"{LIBRARY}/asyncio/*.py"))):
    name = os.path.basename(path)[:-3]
    cache = os.path.join(root, f"{name}.pyc")
    py_compile.compile(path, cache, dfile=path, doraise=True, optimize=number % 3,
                       invalidation_mode=modes[number // 3 % 3])
    with open(cache, "rb") as file:
        data = file.read()
    if name not in DIFFERENT:
        print(name, hashlib.sha256(data).hexdigest()[:16])

# What the package's CPython wrote is used as it is: nothing is compiled.
found = subprocess.run([sys.executable, "-I", "-v", "-c", "import json, asyncio, decimal, unittest, email.mime.text, http.server"],
                       capture_output=True, text=True).stderr
print("written:", [line for line in found.splitlines() if "wrote" in line], "used:",
      sum(" matches " in line for line in found.splitlines()) > 50)

# A library of caches alone.
os.mkdir(f"{root}/lib")
for name in ("textwrap", "string", "difflib", "heapq", "fractions"):
    py_compile.compile(f"{LIBRARY}/{name}.py", f"{root}/lib/my_{name}.pyc", doraise=True)
program = """
import my_textwrap, my_difflib, my_heapq, my_fractions, my_string
print(my_textwrap.fill('the quick brown fox ' * 5, 30), my_fractions.Fraction(3, 7) ** 3)
print(list(my_difflib.ndiff('abcd', 'abxd')), my_heapq.nsmallest(3, [5, 2, 9, 1]), my_string.Template('$a').substitute(a=1))
print(my_string.__file__.endswith('my_string.pyc'))
"""
for python in (sys.executable, "/usr/bin/python3.11"):
    print(subprocess.run([python, "-c", program], env={"PYTHONPATH": f"{root}/lib"}, capture_output=True, text=True).stdout)
shutil.rmtree(root)
