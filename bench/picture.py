# SPDX-License-Identifier: MIT
"""The table of bench/run as a picture: lying bars, one group a program, drawn by gnuplot where it
is installed and by a few lines of SVG of our own elsewhere."""
import os
import shutil
import subprocess
from html import escape

COLORS = ["#9aa5b1", "#2f6f4f", "#c2782c", "#4a62a8", "#8c3f5d", "#5f5f3f"]
WIDTH, LEFT, RIGHT, TOP, BAR, GAP = 860, 150, 90, 64, 9, 7


def draw(path, labels, rows, relative):
    """rows: (name, [number, or a text where there is none]); relative: numbers are ratios to 1."""
    title = "Wall time relative to " + labels[0] if relative else "Wall time in seconds"
    limit = max([value for _, values in rows for value in values if not isinstance(value, str)], default=1.0)
    if limit <= 0.0:
        limit = 1.0
    if not (shutil.which("gnuplot") and draw_by_gnuplot(path, labels, rows, relative, title, limit)):
        draw_plain(path, labels, rows, relative, title, limit)


def text_of(value):
    return value if isinstance(value, str) else f"{value:.2f}"


def length_of(value):
    return 0.0 if isinstance(value, str) else value


def draw_by_gnuplot(path, labels, rows, relative, title, limit):
    """True if gnuplot made the picture."""
    def quote(text):
        return "'" + text.replace("'", "''") + "'"

    count = len(labels)
    step = 0.8 / count
    tics = ", ".join(f"{quote(name)} {index}" for index, (name, _) in enumerate(rows))
    height = TOP * 2 + len(rows) * (count * BAR + GAP)
    script = [f"set terminal svg size {WIDTH},{height} noenhanced font 'sans,10' background 'white'",
              f"set output {quote(os.path.abspath(path))}", f"set title {quote(title)}",
              f"set xrange [0:{limit * 1.15}]", f"set yrange [{len(rows) - 0.4}:-0.6]",
              f"set ytics ({tics}) scale 0", "set grid xtics", "set key outside bottom horizontal",
              "set style fill solid noborder"]
    if relative:
        script.append("set arrow from 1, graph 0 to 1, graph 1 nohead lw 1 lc rgb '#000000' front")
    plots = []
    for n, label in enumerate(labels):
        script.append(f"$bars{n} << END")
        for index, (_, values) in enumerate(rows):
            low = index - 0.4 + n * step
            script.append(f"{length_of(values[n])} {low} {low + step} {text_of(values[n]).replace(' ', '_')}")
        script.append("END")
        plots.append(f"$bars{n} using 1:2:(0):1:2:3 with boxxyerror lc rgb '{COLORS[n % len(COLORS)]}' "
                     f"title {quote(label)}")
        plots.append(f"$bars{n} using 1:(($2+$3)/2):4 with labels left offset 0.5,0 font ',7' notitle")
    script.append("plot " + ", ".join(plots))
    return subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True).returncode == 0


def draw_plain(path, labels, rows, relative, title, limit):
    scale = (WIDTH - LEFT - RIGHT) / limit
    group = len(labels) * BAR + GAP
    bottom = TOP + len(rows) * group
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{bottom + 20}" '
             'font-family="sans-serif" font-size="11">',
             '<rect width="100%" height="100%" fill="white"/>',
             f'<text x="{LEFT}" y="22" font-size="15">{escape(title)}</text>']
    for n, label in enumerate(labels):
        x = LEFT + n * (WIDTH - LEFT) // len(labels)
        parts.append(f'<rect x="{x}" y="34" width="10" height="10" fill="{COLORS[n % len(COLORS)]}"/>'
                     f'<text x="{x + 15}" y="43">{escape(label)}</text>')
    for index, (name, values) in enumerate(rows):
        y = TOP + index * group
        parts.append(f'<text x="{LEFT - 8}" y="{y + group / 2 + 1:g}" text-anchor="end">{escape(name)}</text>')
        for n, value in enumerate(values):
            width, top = length_of(value) * scale, y + n * BAR
            parts.append(f'<rect x="{LEFT}" y="{top}" width="{width:.1f}" height="{BAR - 1}" '
                         f'fill="{COLORS[n % len(COLORS)]}"/>'
                         f'<text x="{LEFT + width + 4:.1f}" y="{top + BAR - 1}" font-size="9">'
                         f"{escape(text_of(value))}</text>")
    if relative:
        x = LEFT + scale
        parts.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{bottom}" stroke="black"/>')
    parts.append("</svg>\n")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts))
