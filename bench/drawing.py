"""Charts, which gnuplot.py draws. This file knows nothing of what they show."""
from collections import namedtuple

# Name: (light, dark). All have a contrast of at least 3 : 1 with the paper of their theme.
COLORS = {"paper": ("#ffffff", "#14171c"), "ink": ("#1f2329", "#e6e8eb"), "soft": ("#5b6470", "#a3abb5"),
          "rule": ("#e3e6ea", "#2b3138"), "blue": ("#1d4ed8", "#7da2ff"), "pale-blue": ("#b9cbf5", "#33477a"),
          "red": ("#c2183c", "#ff7a90"), "rose": ("#cf5f78", "#e0909f"), "orange": ("#cf5c00", "#ffa14d"),
          "gold": ("#967005", "#e0bd45"), "brown": ("#8c3a12", "#d99a75"), "purple": ("#7e3fa6", "#c79ae6"),
          "green": ("#1b7837", "#6fcf8d"), "teal": ("#0f766e", "#4fd1c0"), "cyan": ("#0786ab", "#62cdea"),
          "pink": ("#a8479f", "#e79be0"), "olive": ("#66702a", "#b9c27a"), "violet": ("#6553cf", "#b3a6ff"),
          "gray": ("#6b7280", "#9aa2ad")}

# Lines over numbers. The axis of the numbers is logarithmic unless x_log says otherwise, and names each of
# them, or else the steps that x_steps gives as (text, number) pairs. log is of the other axis; a linear one
# begins at 0 and ends at y_max or above. The text says what is to be seen.
LineChart = namedtuple("LineChart", "name title text x_label y_label lines log y_max x_steps x_log",
                       defaults=(False, 0, (), True))

# points are (x, y) pairs, which are marked unless is_plain. A strong line is broad, and lies below the thin
# ones, so that either is seen where they meet. A line without a title is explained by the chart's text.
Line = namedtuple("Line", "title points color dash strong is_plain", defaults=("", False, False))

# Rows of bars, or of dots. groups are (heading, [(name, [Bar or Pair, ...]), ...]); the heading may be "".
# legend is (sign, color, text) triples, where the sign is one of "bar", "mark", "full", "ring".
RowChart = namedtuple("RowChart", "name title text x_label groups legend log", defaults=(False,))

# A bar from 0 to the value. The mark is a value that the bar may reach; the note stands at its end.
Bar = namedtuple("Bar", "value color note mark", defaults=("", None))

# A full dot for one value, a ring for another, each with its figure, and a line between them.
Pair = namedtuple("Pair", "full ring color")


def number(value):
    """The value with three digits, which is enough for people."""
    return f"{value:,.{0 if value >= 99.95 else 1 if value >= 9.995 else 2}f}"
