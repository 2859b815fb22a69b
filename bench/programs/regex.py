# SPDX-License-Identifier: MIT
"""Regular expressions: findall, groups, substitution, backtracking, splitting, compiling."""
import re
import sys

LOG = re.compile(r"(?P<host>\d{1,3}(?:\.\d{1,3}){3}) - \[(?P<day>\d\d)/(?P<month>[A-Z][a-z]{2})\] "
                 r'"(?P<verb>GET|PUT) (?P<path>/[^ "]*)" (?P<code>\d{3})')
TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[^\W\d]\w*)|(?P<sign>[-+*/=<>!]=?|[()]))")


def log_text(lines):
    months = "Jan Feb Mar Apr".split()
    return "\n".join(f'10.0.{n % 256}.{n * 7 % 256} - [{n % 28 + 1:02}/{months[n % 4]}] '
                     f'"{"PUT" if n % 5 == 0 else "GET"} /page/{n}.html?x={n % 3}" {200 + n % 4 * 100}'
                     for n in range(lines))


def tokens(text):
    found, at = [], 0
    while match := TOKEN.match(text, at):
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def main(scale):
    log = log_text(5000)
    source = "total = total + price1 * 3.25 - (ünder_score >= 40) / x9 " * 350
    for _ in range(scale):
        codes = {}
        for match in LOG.finditer(log):
            key = match["verb"], int(match["code"])
            codes[key] = codes.get(key, 0) + len(match["path"])
        kinds = [kind for kind, _ in tokens(source)]
        swapped = re.sub(r"(\w+)/(\d+)\.html", lambda m: f"{m[2]}.{m[1].upper()}", log)
        squeezed = re.sub(r"[aeiou]", "", log, flags=re.IGNORECASE)
        doubled = len(re.findall(r"(\d)\1", log))
        fields = len(re.split(r"[\s?=\[\]\"]+", log))
        slow = sum(bool(re.match(r"(?:a|ab)*?c$", "ab" * n + "d")) for n in range(120))
        compiled = 0
        for n in range(25):
            re.purge()
            compiled += re.compile(rf"(?:x{n}|y+)[a-f\d]{{2,{n + 3}}}(?=z)").search("yyab12z") is not None
    print(sorted(codes.items()), kinds.count("name"), kinds.count("sign"), len(swapped),
          len(squeezed), doubled, fields, slow, compiled)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 22)
