"""Draws the charts of drawing.py with gnuplot, which has the scales and the axes. This file says where plots,
legends and names are, in pixels from the upper left corner of a picture."""
import html
import math
import re
import shutil
import subprocess
import textwrap

from drawing import COLORS, Bar, LineChart, number

MISSING = ("No pictures: gnuplot, which draws them, is not installed. Debian and Ubuntu have it in the "
           "package gnuplot-nox")
WIDE, NARROW, MARGIN = 960, 400, 24
STEPS = [digit * 10.0 ** power for power in range(-5, 9) for digit in (1, 2, 5)]
LETTER = 8  # what a letter of a name takes at most, on average
# Shapes have the colours of the light theme, which any program that reads SVG understands.
STYLE = ("text { font-family: system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif } "
         "@media (prefers-color-scheme: dark) {"
         + "".join(f' [{key}="{light}"] {{ {key}: {dark} }}' for light, dark in COLORS.values()
                   for key in ("fill", "stroke", "color")) + " }")
SIGNS = {"bar": "boxes fs solid noborder", "mark": "points pt '┃'", "full": "points pt 7 ps 1.05",
         "ring": "points pt 6 ps 0.9 lw 2"}


def can_write(terminal):
    """Whether there is a gnuplot, and has this terminal: "svg" or "pngcairo"."""
    if not shutil.which("gnuplot"):
        return False
    done = subprocess.run(["gnuplot", "-e", "print GPVAL_TERMINALS"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, encoding="utf-8")
    return terminal in done.stdout.split()


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def rgb(color):
    return f"rgb '{COLORS[color][0]}'"


def pixel(x, y):
    """A place on the picture. Picture.run() defines the functions."""
    return f"screen across({x:.1f}), screen down({y:.1f})"


def ticks(axis, steps):
    """Steps of an axis: (text, number) pairs. gnuplot takes their texts for formats."""
    return f"set {axis}tics (" + ", ".join(
        f"{quoted(text.replace('%', '%%'))} {value:g}" for text, value in steps) + ")"


def named(values):
    return [(f"{value:,g}", value) for value in values]


def scale(axis, low, high, log):
    """The scale of an axis. gnuplot shows those of the steps that are in range."""
    steps = [f"set logscale {axis}", ticks(axis, named(STEPS))] if log else []
    return [f"set {axis}range [{low}:{high}]"] + steps


def log_range(values):
    """The steps around the values, two at least; the outermost if values are beyond them."""
    return (max((step for step in STEPS[:-1] if step <= 0.95 * min(values)), default=STEPS[0]),
            min((step for step in STEPS[1:] if step >= 1.05 * max(values)), default=STEPS[-1]))


def with_scale(text, chart):
    return text + (", logarithmic scale" if chart.log else "")


def block(name, rows):
    return [f"${name} << EOD"] + [" ".join(map(str, row)) for row in rows] + ["EOD"]


def style_of(line):
    width, size = ("lw 5", "pt 7 ps 1.1") if line.strong else ("lw 1.7", "pt 7 ps 0.55")
    return ((f"lines lc {rgb(line.color)} {width}" if line.is_plain
             else f"linespoints lc {rgb(line.color)} {width} {size}")
            + (f" dt ({line.dash.replace(' ', ',')})" if line.dash else ""))


def range_of(charts):
    """The ends of an axis for the lines of all these charts."""
    values = [y for chart in charts for line in chart.lines for _, y in line.points]
    return log_range(values) if charts[0].log else (0, max(values + [charts[0].y_max]))


def spread(wanted, gap, low, high):
    """Moves places apart that are closer than the gap, and keeps their order, between low and high."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    places = list(wanted)
    for before, i in zip([None] + order, order):
        places[i] = max(places[i], low if before is None else places[before] + gap)
    for after, i in zip([None] + order[::-1], order[::-1]):
        places[i] = min(places[i], high if after is None else places[after] - gap)
    return places


def themed(svg):
    """Writes every colour as STYLE has it. One that is in no theme is an error."""
    def plain(match):
        color = match[2].lower().replace("black", COLORS["ink"][0])
        if color.startswith("rgb"):
            color = "#%02x%02x%02x" % tuple(map(int, re.findall(r"\d+", color)))
        if color not in ("none", "currentcolor", *(light for light, _ in COLORS.values())):
            raise ValueError(f"no theme has the colour {match[2]}")
        return f'{match[1]}="{color}"'
    return re.sub(r"""(?<=\s)(fill|stroke|color)\s*=\s*["'](.*?)["']""", plain, svg)


class Picture:
    """Plots on a page, and what they show in words. top is where the next one may begin."""

    def __init__(self, name, title, text, width=WIDE, is_file=True):
        """A picture that is a file by itself has its title and text, and STYLE; else the page has them."""
        self.name, self.title, self.text, self.width, self.is_file = name, title, text, width, is_file
        self.top, self.margin, self.script = 0, MARGIN if is_file else 0, []
        if is_file:
            lines = textwrap.wrap(text, int((width - 2 * MARGIN) / 6.7))
            self.label(title, pixel(MARGIN, 36), bold=True, size=18)
            for i, line in enumerate(lines):
                self.label(line, pixel(MARGIN, 62 + 20 * i), "soft")
            self.top = 72 + 20 * len(lines)

    def label(self, text, place, color="ink", align="left", bold=False, size=13):
        self.script.append(f"set label {quoted(text)} at {place} {align} tc {rgb(color)} "
                           f"font 'sans-serif{':Bold' if bold else ''},{size}'")

    def frame(self, left, right, top, bottom):
        """Says where the axes of the next plot are."""
        self.script += [f"set {side}margin at screen {place}" for side, place in zip(
            "lrtb", (f"across({left})", f"across({right})", f"down({top})", f"down({bottom})"))]
        self.script += ["unset key", f"set tics nomirror scale 0 tc {rgb('soft')}",
                        f"set grid lt 1 lw 1 lc {rgb('rule')}"]

    def plot(self, parts):
        self.script += ["plot " + ", \\\n  ".join(parts), "reset"]

    def add_legend(self, entries):
        """Explains signs, in as few rows as do. entries are (style, text) pairs."""
        longest = max(len(text) for _, text in entries)
        n_rows = math.ceil(len(entries) / max(1, (self.width - 2 * self.margin) // (60 + LETTER * longest)))
        self.script += ["unset border", "unset tics", f"set key at {pixel(self.margin, self.top)} left top",
                        f"set key vertical maxrows {n_rows} Left reverse samplen 2 width {2 - longest // 4} "
                        f"tc {rgb('ink')}"]
        self.plot([f"[0:1] [0:1] NaN lc {rgb('ink')} notitle"]
                  + [f"keyentry with {style} title {quoted(text)}" for style, text in entries])
        self.top += 20 * n_rows + 8

    def add_names(self, chart, x, upper, lower, y_range):
        """Writes the name of each line beside its end, with a thin line that leads to it."""
        lines = [line for line in chart.lines if line.title]
        low, *others, high = map(math.log if chart.log else float,
                                 (y_range[0], *(max(line.points)[1] for line in lines), y_range[1]))
        wanted = [lower - (lower - upper) * (y - low) / (high - low) for y in others]
        for line, place in zip(lines, spread(wanted, 17, upper, lower)):
            end = max(line.points)
            bend = f"screen across({x + 10}), first {end[1]}"
            for start, to in ((f"{end[0]}, {end[1]}", bend), (bend, pixel(x + 24, place))):
                self.script.append(f"set arrow from {start} to {to} nohead lw 0.8 dt (2,4) "
                                   f"lc {rgb(line.color)}")
            self.label(line.title, pixel(x + 28, place), line.color, bold=line.strong)

    def add_lines(self, chart, left, right, y_range, has_names):
        upper, lower = self.top + 26, self.top + (386 if has_names else 296)
        x_from = left + 64  # beside figures up to 500,000
        x_to = right - (40 + LETTER * max(len(line.title) for line in chart.lines) if has_names else 26)
        sizes = sorted({x for line in chart.lines for x, _ in line.points})
        self.frame(x_from, x_to, upper, lower)
        steps = chart.x_steps or named(sizes)
        self.script += ["set logscale x" if chart.x_log else "unset logscale x",
                        f"set xrange [{min(sizes[0], steps[0][1])}:"
                        f"{max(sizes[-1], steps[-1][1], 2 * sizes[0])}]",
                        ticks("x", steps), "set xtics out scale 0.4 offset 0,0.3", "set grid noxtics ytics",
                        f"set border 1 lc {rgb('soft')}",
                        f"set xlabel {quoted(chart.x_label)} tc {rgb('soft')} offset 0,0.8"]
        self.script += scale("y", *y_range, chart.log)
        self.label(with_scale(chart.y_label, chart), pixel(left, self.top + 8), "soft")
        if has_names:
            self.add_names(chart, x_to, upper, lower, y_range)
        lines = sorted(chart.lines, key=lambda line: not line.strong)
        for i, line in enumerate(lines):
            self.script += block(f"line{i}", line.points)
        self.plot([f"$line{i} with {style_of(line)} notitle" for i, line in enumerate(lines)])
        self.top = lower + 50

    def add_beside(self, charts):
        """Draws line charts beside each other, with the same scale and one legend. Each has its title."""
        each, top = (self.width - 2 * self.margin) / len(charts), self.top
        titles = [textwrap.wrap(chart.title, int(each / 9)) for chart in charts]
        for i, (chart, title) in enumerate(zip(charts, titles)):
            left = self.margin + i * each
            for j, line in enumerate(title):
                self.label(line, pixel(left, top + 8 + 18 * j), bold=True)
            self.top = top + 8 + 18 * max(map(len, titles))
            self.add_lines(chart, left, left + each, range_of(charts), has_names=False)
        lines = {line.title: style_of(line) for chart in charts for line in chart.lines}
        self.add_legend([(style, title) for title, style in lines.items()])

    def add_rows(self, chart):
        """On a narrow picture the name of a row stands above it."""
        narrow = self.width == NARROW
        self.add_legend([(f"{SIGNS[sign]} lc {rgb(color)}", text) for sign, color, text in chart.legend])
        self.label(with_scale(chart.x_label, chart), pixel(self.margin, self.top + 8), "soft")
        upper = y = self.top + 50
        names, values, notes, bars, marks, pairs = [], [], [], [], [], []
        for heading, rows in chart.groups:
            if heading:
                self.label(heading, pixel(self.margin, y + 14), bold=True)
                y += 28
            for name, tracks in rows:
                names.append(name)
                self.label(name, pixel(self.margin, y + 10 * (1 if narrow else len(tracks))))
                y += 18 if narrow else 0
                for track in tracks:
                    middle, color, y = y - upper + 10, int(COLORS[track.color][0][1:], 16), y + 20
                    if isinstance(track, Bar):
                        bars.append((track.value, middle, 0, track.value, middle - 7, middle + 7, color))
                        marks += [(track.mark, middle - 10)] if track.mark else []
                        note = number(track.value) + (f", {track.note}" if track.note else "")
                        ends = [(max(track.value, track.mark or 0), note, "left offset 1,0", "ink")]
                    else:
                        pairs.append((track.full, track.ring, middle, color))
                        ends = [(value, number(value), align, track.color) for value, align in zip(
                            sorted((track.full, track.ring)), ("right offset -1,0", "left offset 1,0"))]
                    for value, note, align, ink in ends:
                        self.label(note, f"second {value}, first {middle}", ink, align)
                    values += [value for value, *_ in ends]
                    notes += [note for _, note, *_ in ends]
                y += 8
        left = self.margin + (8 if narrow else 20 + LETTER * max(map(len, names))) + (50 if pairs else 0)
        self.frame(left, self.width - self.margin - 16 - LETTER * max(map(len, notes)), upper, y)
        self.script += ["unset border", f"set yrange [{y - upper}:0]", "set xrange [0:1]", "unset xtics",
                        "unset ytics", f"set x2tics tc {rgb('soft')}", "set grid x2tics"]
        self.script += scale("x2", *(log_range(values) if chart.log else (0, max(values))), chart.log)
        self.script += block("bars", bars) + block("marks", marks) + block("pairs", pairs)
        parts = [("$bars", "boxxyerror fs solid noborder lc rgb variable")] if bars else []
        parts += [("$marks using 1:2:(0):(20)", f"vectors nohead lw 2.5 lc {rgb('ink')}")] if marks else []
        parts += [("$pairs using 1:3:($2-$1):(0):4", "vectors nohead lw 2 lc rgb variable"),
                  ("$pairs using 2:3:4", "points pt 7 ps 1.05 lc rgb variable"),
                  ("$pairs using 2:3", f"points pt 7 ps 0.6 lc {rgb('paper')}"),
                  ("$pairs using 1:3:4", "points pt 7 ps 1.05 lc rgb variable")] if pairs else []
        self.plot([f"{data} axes x2y1 with {style} notitle" for data, style in parts])
        self.top = y + 4

    def add(self, chart):
        if not isinstance(chart, LineChart):
            self.add_rows(chart)
            return
        has_names = self.width > NARROW
        self.add_lines(chart, self.margin, self.width - self.margin, range_of([chart]), has_names)
        if not has_names:
            self.add_legend([(style_of(line), line.title) for line in chart.lines if line.title])

    def run(self, terminal, path=""):
        """Returns what gnuplot writes, if it does not write to the path."""
        lines = [f"set terminal {terminal} noenhanced rounded background {rgb('paper')}", "set encoding utf8",
                 f"across(x) = x / {self.width:.1f}", f"down(y) = 1 - y / {self.height():.1f}",
                 f"set output {quoted(path)}" if path else "", "set multiplot"] + self.script
        done = subprocess.run(["gnuplot", "-d"], input="\n".join(lines) + "\nunset multiplot\n",
                              capture_output=True, check=False, encoding="utf-8")
        if done.returncode != 0:
            raise RuntimeError(f"gnuplot: {done.stderr}")
        return done.stdout

    def height(self):
        return math.ceil(self.top + self.margin)

    def write_png(self, path):
        self.run(f"pngcairo size {2 * self.width},{2 * self.height()} font 'sans-serif,13' fontscale 1.5 "
                 "linewidth 2 pointscale 2", path)

    def svg(self):
        size, style = (self.width, self.height()), f"<style>{STYLE}</style>" if self.is_file else ""
        text = self.run("svg size {},{} dynamic font 'sans-serif,13'".format(*size))
        # gnuplot gives the same ids to all pictures, which would meet in one page, and titles to its plots.
        text = re.sub(r"""(id=["']|url\(#|href=["']#)""", rf"\g<1>{self.name}-{self.width}-",
                      text[text.index("</desc>") + len("</desc>"):])
        text = re.sub(r"<title>.*?</title>", "", text).replace(':Bold"', '" font-weight="600"')
        return ('<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
                'role="img" width="{0}" height="{1}" viewBox="0 0 {0} {1}">\n'.format(*size)
                + f"<title>{html.escape(self.title)}</title>\n<desc>{html.escape(self.text)}</desc>{style}"
                + themed(text))


def picture_of(chart, width=WIDE, is_file=True):
    picture = Picture(chart.name, chart.title, chart.text, width, is_file)
    picture.add(chart)
    return picture
