# SPDX-License-Identifier: MIT
"""Runs documents.py under two interpreters in turn and prints both side by side, the best of ROUNDS
runs of either: the first one to read the documents would wait for the disk."""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time

ROUNDS = 3
HERE = os.path.dirname(os.path.abspath(__file__))


def run(python):
    """(output as a dict, [seconds, user seconds, peak MiB]) of one run; exits with its message when it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.monotonic()
        child = subprocess.Popen([python, os.path.join(HERE, "documents.py")], stdout=out,
                                 stderr=err)
        status, usage = os.wait4(child.pid, 0)[1:]
        seconds = time.monotonic() - started
        out.seek(0)
        err.seek(0)
        if status != 0:
            sys.exit("%s ended with status %d:\n%s" % (python, status, err.read().decode()))
        return json.loads(out.read()), [seconds, usage.ru_utime, usage.ru_maxrss / 1024]


def best_of(runs):
    """The least of each figure."""
    return [min(figures) for figures in zip(*runs)]


def package_digests():
    """MD5 of every file as its package recorded it."""
    digests = {}
    folder = "/var/lib/dpkg/info"
    for name in os.listdir(folder):
        if name.endswith(".md5sums"):
            with open(os.path.join(folder, name)) as lines:
                for line in lines:
                    digest, _, path = line.rstrip("\n").partition("  ")
                    digests["/" + path] = digest
    return digests


def tag_of(path):
    parts = os.path.basename(path).split(".")
    return parts[-2] if len(parts) > 2 else "-"


def main():
    ours, reference = sys.argv[1:3]
    rounds = [(run(ours), run(reference)) for _ in range(ROUNDS)]
    (mine, _), (theirs, _) = rounds[0]
    figures = best_of(our_run[1] for our_run, _ in rounds)
    their_figures = best_of(their_run[1] for _, their_run in rounds)
    recorded = package_digests()
    altered = 0
    print("%-62s %-28s %-18s %s" % ("compiled module", "ABI tag", "SHA-256", "as packaged"))
    for path in mine["loaded"]:
        with open(path, "rb") as stream:
            data = stream.read()
        same = recorded.get(path) == hashlib.md5(data).hexdigest()
        altered += not same
        shown = path if len(path) <= 62 else "..." + path[-59:]
        print("%-62s %-28s %-18s %s" % (shown, tag_of(path),
                                        hashlib.sha256(data).hexdigest()[:16],
                                        "yes" if same else "NO"))
    print("\n%d compiled modules, %d not as packaged\n" % (len(mine["loaded"]), altered))
    for key, value in mine["results"].items():
        print("%-10s %s" % (key, value))
    agree = mine["results"] == theirs["results"]
    print("\n%-12s %12s %12s %12s" % ("", "seconds", "user", "peak MiB"))
    print("%-12s %12.2f %12.2f %12.1f" % ("Kingsnake", *figures))
    print("%-12s %12.2f %12.2f %12.1f" % ("CPython", *their_figures))
    print("%-12s %12.2f %12.2f %12.2f" % ("ratio", *(a / b for a, b in zip(figures, their_figures))))
    print("\nresults agree with CPython: %s" % ("yes" if agree else "NO"))
    return 0 if agree and altered == 0 else 1


sys.exit(main())
