"""Draws charts with gnuplot, as SVG and PNG. This file knows nothing of what the charts show."""
import re
import shutil
import subprocess
import sys

WIDTH, HEIGHT = 960, 480


class Series:
    """A line, or the bars of one colour. points are (x, y) pairs; style is gnuplot's, and for lines only."""

    def __init__(self, title, points, color, style=""):
        self.title, self.points, self.color, self.style = title, points, color, style


class Chart:
    """A chart of lines over a number, or of bars over categories. With categories, which are (place, name)
    pairs, x is a place on the axis. `marks` are short horizontal lines, each (x, y, half the width)."""

    def __init__(self, name, title, text, x_label, y_label, series, log="", x_tics=(), y_max=None,
                 categories=None, bar_width=None, marks=None, y_min=None):
        self.name, self.title, self.text = name, title, text
        self.x_label, self.y_label, self.log, self.x_tics = x_label, y_label, log, x_tics
        self.series, self.categories, self.bar_width = series, categories, bar_width
        self.marks, self.y_min, self.y_max = marks, y_min, y_max


def is_installed():
    return shutil.which("gnuplot") is not None


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def number(value):
    """The value with three digits, which is enough for people."""
    return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f}"


def block(name, rows):
    return [f"${name} << EOD"] + [" ".join(str(cell) for cell in row) for row in rows] + ["EOD"]


def plots(chart):
    """Returns the blocks of data, and the parts of the plot command."""
    data, parts = [], []
    for index, series in enumerate(chart.series):
        if chart.categories is None:
            data += block(f"s{index}", series.points)
            parts.append(f"$s{index} using 1:2 with linespoints lc rgb {quoted(series.color)} {series.style} "
                         f"title {quoted(series.title)}")
        else:
            data += block(f"s{index}", [(x, y, number(y)) for x, y in series.points])
            parts.append(f"$s{index} using 1:2:({chart.bar_width}) with boxes fs solid noborder "
                         f"lc rgb {quoted(series.color)} title {quoted(series.title)}")
            parts.append(f"$s{index} using 1:2:3 with labels offset 0,0.6 font ',10' tc rgb '#333333' "
                         "notitle")
    if chart.marks:
        title, rows = chart.marks
        data += block("marks", [(x - half, y, 2 * half) for x, y, half in rows])
        parts.append("$marks using 1:2:3:(0) with vectors nohead lw 3 lc rgb '#111111' "
                     f"title {quoted(title)}")
    return data, parts


def script(chart, terminal, path):
    data, parts = plots(chart)
    lines = [f"set terminal {terminal}", f"set output {quoted(path)}"] + data
    lines += ["set border 3 lc rgb '#999999'", "set tics nomirror tc rgb '#333333'",
              "set grid ytics lt 1 lw 0.5 lc rgb '#dddddd'",
              "set key outside right center Left reverse samplen 3 spacing 1.25",
              f"set xlabel {quoted(chart.x_label)}", f"set ylabel {quoted(chart.y_label)}"]
    if "x" in chart.log:
        lines.append("set logscale x")
    if "y" in chart.log:
        lines += ["set logscale y", "set format y '%g'"]
    if "x" not in chart.log and chart.categories is None and chart.x_tics:
        lines.append(f"set xrange [{min(chart.x_tics) - 0.2}:{max(chart.x_tics) + 0.2}]")
    low = "" if chart.y_min is None else chart.y_min
    if "y" not in chart.log and chart.y_min is None:
        low = 0
    high = "" if chart.y_max is None else chart.y_max
    # gnuplot would end the axis at the next power of ten. Twice the highest bar leaves room for its figure.
    if chart.categories and "y" in chart.log:
        high = 2 * max(y for series in chart.series for _, y in series.points)
    lines.append(f"set yrange [{low}:{high}]")
    tics = chart.categories or [(x, str(x)) for x in chart.x_tics]
    if tics:
        lines.append("set xtics (" + ", ".join(f"{quoted(name)} {x}" for x, name in tics) + ")")
    if chart.categories:
        places = [x for series in chart.series for x, _ in series.points]
        lines.append(f"set xrange [{min(places) - 1}:{max(places) + 1}]")
        lines += [] if "y" in chart.log else ["set offsets 0, 0, graph 0.05, 0"]
    lines.append("plot " + ", \\\n  ".join(parts))
    return "\n".join(lines) + "\n"


def run_gnuplot(text):
    done = subprocess.run(["gnuplot"], input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stderr, file=sys.stderr)
    return done.returncode == 0


def draw(chart, folder, with_png):
    """Writes <name>.svg and, if that is wanted and gnuplot can do it, <name>.png to the folder. Returns the
    SVG as text for a page that has other charts, or None if gnuplot failed."""
    svg, png = (f"{folder}/{chart.name}.{ending}" for ending in ("svg", "png"))
    to_svg = f"svg size {WIDTH},{HEIGHT} dynamic noenhanced font 'sans-serif,13' background rgb 'white'"
    to_png = (f"pngcairo size {2 * WIDTH},{2 * HEIGHT} noenhanced font 'sans,13' fontscale 2 linewidth 2 "
              "pointscale 2 background rgb 'white'")
    if not run_gnuplot(script(chart, to_svg, svg)):
        return None
    if with_png:
        run_gnuplot(script(chart, to_png, png))
    with open(svg, encoding="utf-8") as file:
        text = file.read()
    text = text[text.index("<svg"):]
    # gnuplot uses the same ids in all of its files, which would meet in one page.
    return re.sub(r"""(id=["']|url\(#|href=["']#)""", rf"\g<1>{chart.name}-", text)
