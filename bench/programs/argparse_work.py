# SPDX-License-Identifier: MIT
"""argparse: parsers with groups and subcommands built and used over and over, help text, errors."""
import argparse
import sys


class Quiet(argparse.ArgumentParser):
    def error(self, message):
        raise ValueError(message)


def build():
    parser = Quiet(prog="tool", description="A tool that does not exist.")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="say more")
    parser.add_argument("--level", type=int, choices=range(5), default=1)
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--fast", action="store_true")
    either.add_argument("--slow", action="store_true")
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="add files")
    add.add_argument("files", nargs="+")
    add.add_argument("--mode", default="rw", metavar="M")
    drop = commands.add_parser("drop", help="drop a number")
    drop.add_argument("number", type=float)
    return parser


LINES = ["-vv --level 3 add a b c --mode r", "--fast drop 2.5", "-v drop -- -7", "add x",
         "--fast --slow add x", "--level 9 add x", "drop many", "unknown", ""]


def main(scale):
    results, errors = [], []
    for n in range(35 * scale):
        parser = build()
        for _ in range(5):
            results.clear()
            errors.clear()
            for line in LINES:
                try:
                    results.append(parser.parse_args(line.split()))
                except ValueError as error:
                    errors.append(str(error))
        if n % 5 == 0:
            text = parser.format_help()
    print(*results, *errors, len(text.split()), sep="\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
