# SPDX-License-Identifier: MIT
"""A small template language of our own, turned into Python functions, and string.Template."""
import re
import sys
from html import escape
from string import Template

MARK = re.compile(r"({{.*?}}|{%.*?%})", re.DOTALL)


def build(source):
    """Compile {{ value }}, {% for x in y %}, {% if x %}, {% end %} into a function of a dict."""
    lines, level = ["def render(data):", " out = []", " add = out.append"], 1
    names = set()

    def emit(text):
        lines.append(" " * level + text)

    def value(expression):
        path, *filters = [part.strip() for part in expression.split("|")]
        code, *rest = path.split(".")
        if code not in names:
            code = f"data[{code!r}]"
        for key in rest:
            code += f"[{key!r}]"
        for name in filters:
            code = f"filters[{name!r}]({code})"
        return code

    for part in MARK.split(source):
        if part.startswith("{{"):
            emit(f"add(escape(str({value(part[2:-2])})))")
        elif part.startswith("{%"):
            words = part[2:-2].split()
            if words[0] == "for":
                names.add(words[1])
                emit(f"for {words[1]} in {value(words[3])}:")
                level += 1
            elif words[0] == "if":
                emit(f"if {value(words[1])}:")
                level += 1
            else:
                level -= 1
        elif part:
            emit(f"add({part!r})")
    lines.append(" return ''.join(out)")
    space = {"escape": escape, "filters": {"upper": str.upper, "length": len}}
    exec("\n".join(lines), space)
    return space["render"]


PAGE = """<h1>{{ title | upper }}</h1>
<p>{{ rows | length }} rows</p><table>{% for row in rows %}
<tr class="{{ row.kind }}"><td>{{ row.name }}</td>{% if row.cells %}{% for cell in row.cells %}
<td>{{ cell }}</td>{% end %}{% end %}</tr>{% end %}</table>"""


def main(scale):
    data = {"title": "kings & snakes", "rows": [
        {"kind": "odd" if n % 2 else "even", "name": f"<row {n}>", "cells": list(range(n % 9))}
        for n in range(400)]}
    letter = Template("Dear $name, you owe $$${sum} since ${day}.")
    for _ in range(scale):
        for _ in range(20):
            render = build(PAGE)
        for _ in range(60):
            page = render(data)
        letters = [letter.substitute(name=f"n{n}", sum=n * 3, day=n % 31) for n in range(12000)]
    print(len(page), page.count("<td>"), page[:27], sum(map(len, letters)), letters[77])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
