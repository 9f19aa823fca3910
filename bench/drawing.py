"""Draws charts as SVG: lines over a number, and rows of bars or dots beside names. This file knows nothing of
what the charts show.

Every shape has the colours of the light theme as attributes, which any program that reads SVG understands,
and a class, with which STYLE gives it the colours of the dark theme where the reader prefers that one.
"""
import html
import math

# Name: (light, dark). All have a contrast of at least 3 : 1 with the paper of their theme.
COLORS = {"paper": ("#ffffff", "#14171c"), "ink": ("#1f2329", "#e6e8eb"), "soft": ("#5b6470", "#a3abb5"),
          "rule": ("#e3e6ea", "#2b3138"), "blue": ("#1d4ed8", "#7da2ff"), "pale-blue": ("#b9cbf5", "#33477a"),
          "red": ("#c2183c", "#ff7a90"), "rose": ("#cf5f78", "#e0909f"), "orange": ("#cf5c00", "#ffa14d"),
          "gold": ("#967005", "#e0bd45"), "brown": ("#8c3a12", "#d99a75"), "purple": ("#7e3fa6", "#c79ae6"),
          "green": ("#1b7837", "#6fcf8d"), "teal": ("#0f766e", "#4fd1c0"), "cyan": ("#0786ab", "#62cdea"),
          "pink": ("#a8479f", "#e79be0"), "olive": ("#66702a", "#b9c27a"), "violet": ("#6553cf", "#b3a6ff"),
          "gray": ("#6b7280", "#9aa2ad")}
STYLE = ("@media (prefers-color-scheme: dark) {"
         + "".join(f" .f-{name} {{ fill: {dark} }} .s-{name} {{ stroke: {dark} }}"
                   for name, (_, dark) in COLORS.items()) + " }")
FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
WIDE, NARROW = 960, 400
SIZE, LINE_HEIGHT = 13, 18


class Line:
    """A line of a LineChart. points are (x, y) pairs. A strong line is broad, and lies below the thin ones,
    so that either is seen where they meet."""

    def __init__(self, title, points, color, dash="", strong=False):
        self.title, self.points, self.color = title, points, color
        self.dash, self.strong = dash, strong


class LineChart:
    """A chart of lines over numbers on a logarithmic axis. The text says what is to be seen."""

    def __init__(self, name, title, text, x_label, y_label, lines, log=False, y_max=None):
        self.name, self.title, self.text = name, title, text
        self.x_label, self.lines, self.log, self.y_max = x_label, lines, log, y_max
        self.y_label = y_label + (", logarithmic scale" if log else "")

    def y_range(self):
        values = [y for line in self.lines for _, y in line.points]
        if self.log:
            return log_bounds(min(values), max(values))
        return 0, self.y_max or linear_ticks(max(values))[-1]


class Bar:
    """A bar from 0 to the value. The mark is a value that the bar may reach; the note stands at its end."""

    def __init__(self, value, color, note="", mark=None):
        self.value, self.color, self.note, self.mark = value, color, note, mark

    def values(self):
        return [value for value in (self.value, self.mark) if value]


class Pair:
    """A full dot for one value, a ring for another, each with its figure, and a line between them."""

    def __init__(self, full, ring, color):
        self.full, self.ring, self.color = full, ring, color

    def values(self):
        return [self.full, self.ring]


class RowChart:
    """A chart of rows. groups are (heading, [(name, [Bar or Pair, ...]), ...]); the heading may be "". legend
    is (sign, color, text) triples, where the sign is one of "bar", "mark", "full", "ring"."""

    def __init__(self, name, title, text, x_label, groups, legend, log=False):
        self.name, self.title, self.text = name, title, text
        self.groups, self.legend, self.log = groups, legend, log
        self.x_label = x_label + (", logarithmic scale" if log else "")


def number(value):
    """The value with three digits, which is enough for people."""
    return f"{value:,.{0 if value >= 99.95 else 1 if value >= 9.995 else 2}f}"


def text_width(text, size=SIZE):
    """What the text takes at most in pixels, whatever the sans-serif font."""
    return 0.61 * size * len(text)


# --- scales ---

def log_steps(low, high):
    """1, 2 and 5 times the powers of ten, from the last that is not above low to the first not below high."""
    steps = [digit * 10.0 ** power for power in range(math.floor(math.log10(low)) - 1,
                                                      math.ceil(math.log10(high)) + 2) for digit in (1, 2, 5)]
    first = max(step for step in steps if step <= low)
    last = min(step for step in steps if step >= high)
    return [step for step in steps if first <= step <= last]


def log_ticks(low, high, n_most=9):
    """The steps, or the powers of ten alone where there would be too many."""
    steps = log_steps(low, high)
    return steps if len(steps) <= n_most else [step for step in steps if f"{step:e}".startswith("1")]


def log_bounds(low, high):
    steps = log_steps(0.95 * low, 1.05 * high)
    return steps[0], steps[-1]


def linear_ticks(high, n_most=6):
    """Returns round numbers from 0 on, the last of which is not below high."""
    power = 10.0 ** math.floor(math.log10(high))
    step = next(factor * power for factor in (0.1, 0.2, 0.5, 1, 2, 5) if high / (factor * power) <= n_most)
    return [round(step * i, 10) for i in range(math.ceil(high / step) + 1)]


def scale(low, high, start, end, log):
    """Returns a function from values to pixels."""
    place = math.log if log else float
    first, length = place(low), place(high) - place(low)
    return lambda value: start + (end - start) * (place(value) - first) / length


def spread(wanted, gap, low, high):
    """Moves places apart that are closer than the gap, and keeps their order, between low and high."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    places = [wanted[i] for i in order]
    for i, place in enumerate(places):
        places[i] = max(place, low if i == 0 else places[i - 1] + gap)
    for i in reversed(range(len(places))):
        places[i] = min(places[i], high if i == len(places) - 1 else places[i + 1] - gap)
    found = dict(zip(order, places))
    return [found[i] for i in range(len(wanted))]


# --- shapes ---

def fill(color):
    return f'fill="{COLORS[color][0]}" class="f-{color}"'


def stroke(color):
    return f'fill="none" stroke="{COLORS[color][0]}" class="s-{color}"'


def text_at(x, y, text, color="ink", anchor="start", size=SIZE, bold=False):
    return (f'<text x="{x:.1f}" y="{y:.1f}" {fill(color)} text-anchor="{anchor}" font-size="{size}"'
            + (' font-weight="600"' if bold else "") + f">{html.escape(text)}</text>")


def straight(x1, y1, x2, y2, color, width=1.0, more=""):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {stroke(color)} '
            f'stroke-width="{width}" {more}/>')


def circle(x, y, radius, color, hint=""):
    title = f"<title>{html.escape(hint)}</title>" if hint else ""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" {fill(color)}>{title}</circle>'


def ring(x, y, color):
    return (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.2" fill="{COLORS["paper"][0]}" '
            f'stroke="{COLORS[color][0]}" stroke-width="2" class="f-paper s-{color}"/>')


def rectangle(x, y, width, height, color):
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" {fill(color)}/>'


def wrapped(text, width, bold=False):
    """The lines of a text. A line has narrow letters, too, so that it takes less than a name may; a bold one
    takes as much."""
    factor = 1 if bold else 0.87
    lines = [""]
    for word in text.split():
        if lines[-1] and factor * text_width(f"{lines[-1]} {word}") > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def legend(entries, width):
    """Returns the height and the shapes of a legend in as few rows as do. entries are (shapes, text) pairs,
    where shapes is a function of x and y."""
    shapes, x, y = [], 0, 12
    for sign, text in entries:
        needed = 34 + text_width(text)
        if x > 0 and x + needed > width:
            x, y = 0, y + LINE_HEIGHT
        shapes += sign(x, y - 4) + [text_at(x + 26, y, text)]
        x += needed + 6
    return (y + 8 if entries else 0), shapes


# --- lines ---

def line_shapes(line, x_of, y_of):
    points = [(x_of(x), y_of(y)) for x, y in line.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    more = f'stroke-dasharray="{line.dash}"' if line.dash else ""
    shapes = [f'<polyline points="{path}" {stroke(line.color)} stroke-width="{5 if line.strong else 1.7}" '
              f'stroke-linejoin="round" stroke-linecap="round" {more}/>']
    for (x, y), values in zip(points, line.points):
        hint = f"{line.title}, {values[0]:,}: {number(values[1])}"
        shapes.append(circle(x, y, 5.5 if line.strong else 2.8, line.color, hint))
    return shapes


def line_sign(line):
    more = f'stroke-dasharray="{line.dash}"' if line.dash else ""
    width = 5 if line.strong else 1.7
    return lambda x, y: [straight(x, y, x + 20, y, line.color, width, more),
                         circle(x + 10, y, 5.5 if line.strong else 2.8, line.color)]


def ends_of_lines(chart, x_of, y_of, right, top, bottom):
    """The names of lines beside their ends, moved apart, each with a thin line that leads to it."""
    ends = [max(line.points) for line in chart.lines]
    places = spread([y_of(y) for _, y in ends], LINE_HEIGHT - 1, top + 4, bottom - 4)
    for line, (x, y), place in zip(chart.lines, ends, places):
        start, bend = x_of(x) + (8 if line.strong else 5), right + 6
        yield (f'<polyline points="{start:.1f},{y_of(y):.1f} {bend:.1f},{y_of(y):.1f} {bend + 12:.1f},'
               f'{place:.1f} {bend + 16:.1f},{place:.1f}" {stroke(line.color)} stroke-width="0.8" '
               'stroke-dasharray="1 2"/>')
        yield text_at(bend + 20, place + 4.5, line.title, line.color, bold=line.strong)


def line_plot(chart, width, height, beside, y_range):
    """Returns the shapes of axes and lines. beside is the room right of the plot, for the names of lines; 0:
    they are in a legend."""
    low, high = y_range
    y_ticks = log_ticks(low, high) if chart.log else linear_ticks(high)
    left = 8 + max(text_width(f"{tick:,g}") for tick in y_ticks)
    right, top, bottom = width - (beside or 24), 26, height - 44
    x_ticks = sorted({x for line in chart.lines for x, _ in line.points})
    x_of = scale(x_ticks[0], max(x_ticks[-1], 2 * x_ticks[0]), left + 10, right - 6, True)
    y_of = scale(low, high, bottom, top, chart.log)
    shapes = [text_at(0, 12, chart.y_label, "soft"),
              text_at((left + right) / 2, height - 6, chart.x_label, "soft", "middle")]
    for tick in y_ticks:
        shapes += [straight(left, y_of(tick), right, y_of(tick), "rule"),
                   text_at(left - 6, y_of(tick) + 4.5, f"{tick:,g}", "soft", "end")]
    for tick in x_ticks:
        shapes += [straight(x_of(tick), bottom, x_of(tick), bottom + 4, "soft"),
                   text_at(x_of(tick), bottom + 18, f"{tick:,}", "soft", "middle")]
    for line in sorted(chart.lines, key=lambda line: not line.strong):
        shapes += line_shapes(line, x_of, y_of)
    if beside:
        shapes += ends_of_lines(chart, x_of, y_of, right, top, bottom)
    return shapes


def draw_lines(chart, width, y_range=None, beside=None):
    """Returns the height and the shapes. On a narrow picture the names of lines are in a legend below."""
    if beside is None:
        beside = 0 if width < 600 else 34 + max(text_width(line.title) for line in chart.lines)
    height = 430 if width >= 600 else 330
    shapes = line_plot(chart, width, height, beside, y_range or chart.y_range())
    if beside:
        return height, shapes
    more, signs = legend([(line_sign(line), line.title) for line in chart.lines], width)
    return height + 10 + more, shapes + moved(signs, 0, height + 10)


# --- rows ---

BAR_HEIGHT, TRACK_HEIGHT, ROW_GAP, HEADING_HEIGHT = 14, 20, 8, 26


def row_sign(sign, color):
    if sign == "bar":
        return lambda x, y: [rectangle(x, y - 5, 20, 10, color)]
    if sign == "mark":
        return lambda x, y: [straight(x + 10, y - 8, x + 10, y + 8, color, 2.5)]
    if sign == "ring":
        return lambda x, y: [ring(x + 10, y, color)]
    return lambda x, y: [circle(x + 10, y, 5, color)]


def bar_shapes(bar, x_of, y):
    shapes = [rectangle(x_of(0), y - BAR_HEIGHT / 2, x_of(bar.value) - x_of(0), BAR_HEIGHT, bar.color)]
    if bar.mark:
        shapes.append(straight(x_of(bar.mark), y - 10, x_of(bar.mark), y + 10, "ink", 2.5))
    note = number(bar.value) + (f", {bar.note}" if bar.note else "")
    return shapes + [text_at(max(map(x_of, bar.values())) + 8, y + 4.5, note)]


def pair_shapes(pair, x_of, y):
    full, other = x_of(pair.full), x_of(pair.ring)
    first, second = sorted((pair.full, pair.ring))
    return [straight(full, y, other, y, pair.color, 2), ring(other, y, pair.color),
            circle(full, y, 5, pair.color),
            text_at(x_of(first) - 9, y + 4.5, number(first), pair.color, "end"),
            text_at(x_of(second) + 9, y + 4.5, number(second), pair.color)]


def draw_rows(chart, width):
    """Returns the height and the shapes. On a narrow picture the name of a row stands above it."""
    narrow = width < 600
    rows = [row for _, rows in chart.groups for row in rows]
    values = [value for _, tracks in rows for track in tracks for value in track.values()]
    notes = [track.note for _, tracks in rows for track in tracks if isinstance(track, Bar) and track.note]
    left = 8 if narrow else 16 + max(text_width(name) for name, _ in rows)
    right = width - (16 + text_width("0.00, " + max(notes, key=len)) if notes else 60)
    if chart.log:
        ticks = log_steps(0.95 * min(values), 1.05 * max(values))
        left += 50  # of the figure left of the first dot
    else:
        ticks = linear_ticks(max(values), 4 if narrow else 8)
    x_of = scale(ticks[0], max(values) if not chart.log else ticks[-1], left, right, chart.log)
    y, shapes = legend([(row_sign(sign, color), text) for sign, color, text in chart.legend], width)
    shapes += [text_at(0, y + 16, chart.x_label, "soft")]
    y += 26
    axis, grid = y + 14, len(shapes)
    shapes += [text_at(x_of(tick), axis, f"{tick:,g}", "soft", "middle")
               for tick in ticks if x_of(tick) <= right + 1]
    y += 24
    for heading, rows in chart.groups:
        if heading:
            shapes.append(text_at(0, y + 16, heading, bold=True))
            y += HEADING_HEIGHT
        for name, tracks in rows:
            if narrow:
                shapes.append(text_at(0, y + 12, name))
                y += LINE_HEIGHT
            else:
                shapes.append(text_at(0, y + len(tracks) * TRACK_HEIGHT / 2 + 4.5, name))
            for track in tracks:
                draw = bar_shapes if isinstance(track, Bar) else pair_shapes
                shapes += draw(track, x_of, y + TRACK_HEIGHT / 2)
                y += TRACK_HEIGHT
            y += ROW_GAP
    shapes[grid:grid] = [straight(x_of(tick), axis + 6, x_of(tick), y, "rule")
                         for tick in ticks if x_of(tick) <= right + 1]
    return y, shapes


# --- pictures ---

def moved(shapes, x, y):
    return [f'<g transform="translate({x:.1f},{y:.1f})">'] + list(shapes) + ["</g>"]


def draw(chart, width):
    return (draw_lines if isinstance(chart, LineChart) else draw_rows)(chart, width)


def draw_beside(charts, width):
    """Draws line charts beside each other, with the same axes and one legend. Each has its title above it."""
    y_range = (min(chart.y_range()[0] for chart in charts), max(chart.y_range()[1] for chart in charts))
    gap, shapes = 24, []
    each = (width - gap * (len(charts) - 1)) / len(charts)
    titles = [wrapped(chart.title, each, bold=True) for chart in charts]
    top = LINE_HEIGHT * max(map(len, titles)) + 12
    for index, (chart, lines) in enumerate(zip(charts, titles)):
        inner = [text_at(0, 14 + LINE_HEIGHT * i, line, bold=True) for i, line in enumerate(lines)]
        inner += moved(line_plot(chart, each, 360, 0, y_range), 0, top)
        shapes += moved(inner, index * (each + gap), 0)
    all_lines = {line.title: line for chart in charts for line in chart.lines}
    more, signs = legend([(line_sign(line), title) for title, line in all_lines.items()], width)
    height = 360 + top + 12
    return height + more, shapes + moved(signs, 0, height)


def svg(height, shapes, width, label):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {math.ceil(height)}" '
            f'width="{width}" height="{math.ceil(height)}" role="img" aria-label="{html.escape(label)}" '
            f'font-family="{FONT}" font-size="{SIZE}">\n' + "\n".join(shapes) + "\n</svg>\n")


def inline(chart, width):
    """A picture for a page that has STYLE, and says what the chart is."""
    height, shapes = draw(chart, width)
    return svg(height, shapes, width, chart.title)


def picture(title, text, parts, width=WIDE):
    """A file by itself, with title and text. parts are (height, shapes) pairs, which come below each
    other."""
    margin, y = 24, 24
    inner = [text_at(0, 18, title, bold=True, size=18)]
    y = 18
    for line in wrapped(text, width - 2 * margin):
        y += LINE_HEIGHT + 2
        inner.append(text_at(0, y, line, "soft"))
    for height, shapes in parts:
        inner += moved(shapes, 0, y + 22)
        y += 22 + height
    whole = [f"<style>{STYLE}</style>", rectangle(0, 0, width, y + 2 * margin, "paper")]
    return svg(y + 2 * margin, whole + moved(inner, margin, margin), width, title)


def file_of(chart):
    """The chart as a file by itself."""
    return picture(chart.title, chart.text, [draw(chart, WIDE - 48)])
