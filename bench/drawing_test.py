#!/usr/bin/env python3
"""Tests drawing.py on charts that are made up: nothing lies on top of something else, or outside."""
import os
import re
import sys
import unittest
from xml.etree import ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import drawing
from drawing import Bar, Line, LineChart, Pair, RowChart

SVG = "{http://www.w3.org/2000/svg}"
NAMES = [f"an_implementation_{i}" for i in range(8)]


def line_chart(log=True):
    """Eight lines that end nearly at one place, and one that ends far below them."""
    lines = [Line(name, [(1, 0.1 + i), (64, 2 + 0.01 * i), (1024, 2.1 + 0.01 * i)], "teal")
             for i, name in enumerate(NAMES)]
    lines.append(Line("lanekdf", [(1, 1), (64, 2), (10000, 2)], "blue", strong=True))
    lines.append(Line("slow", [(1, 0.09), (1024, 0.09)], "red", dash="8 4"))
    return LineChart("lines", "Lines", "A text.", "in a call", "million/s", lines, log)


def row_chart(log=False):
    tracks = ([Pair(0.5 + i, 0.6 + i, "blue") for i in range(2)] if log
              else [Bar(3.0, "blue", "88 % of its ceiling", 4.0), Bar(0.01, "pale-blue")])
    groups = [("First", [(name, tracks) for name in NAMES]), ("Second", [("a", tracks)])]
    return RowChart("rows", "Rows", "A text.", "million/s", groups,
                    [("bar", "blue", "a kernel"), ("mark", "ink", "its ceiling"), ("full", "red", "hot"),
                     ("ring", "red", "cold")], log)


def boxes(element, x=0.0, y=0.0):
    """Yields (text, left, top, right, bottom) of all texts below an element."""
    for child in element:
        moved = re.match(r"translate\(([\d.]+),([\d.]+)\)", child.get("transform", ""))
        dx, dy = (float(part) for part in moved.groups()) if moved else (0.0, 0.0)
        if child.tag == SVG + "text":
            size, left = float(child.get("font-size")), x + float(child.get("x"))
            # What a common sans-serif font takes, which is less than what drawing.py reckons with.
            width = (0.58 if child.get("font-weight") else 0.53) * size * len(child.text)
            left -= {"start": 0, "middle": width / 2, "end": width}[child.get("text-anchor")]
            bottom = y + float(child.get("y"))
            yield child.text, left, bottom - 0.75 * size, left + width, bottom
        yield from boxes(child, x + dx, y + dy)


def overlap(a, b):
    return a[1] < b[3] and b[1] < a[3] and a[2] < b[4] and b[2] < a[4]


class Drawing(unittest.TestCase):
    def check(self, svg):
        root = ElementTree.fromstring(svg)
        width, height = (float(part) for part in root.get("viewBox").split()[2:])
        texts = list(boxes(root))
        for text, left, top, right, bottom in texts:
            self.assertTrue(0 <= left and right <= width and 0 <= top and bottom <= height, text)
        for i, one in enumerate(texts):
            for other in texts[:i]:
                self.assertFalse(overlap(one, other), f"{one} {other}")
        return [text for text, *_ in texts]

    def test_no_text_on_another(self):
        for chart in (line_chart(), line_chart(log=False), row_chart(), row_chart(log=True)):
            for svg in (drawing.inline(chart, drawing.WIDE), drawing.inline(chart, drawing.NARROW),
                        drawing.file_of(chart)):
                self.check(svg)

    def test_two_charts_beside_each_other(self):
        charts = [line_chart(), line_chart()]
        for index, chart in enumerate(charts):
            chart.title = f"Run {index}" + " i" * 50  # short words fill a line to its end
        texts = self.check(drawing.picture("Title", "A text.", [drawing.draw_beside(charts, 900)]))
        self.assertEqual(texts.count("lanekdf"), 1)  # one legend for both

    def test_the_strong_line_lies_below_the_thin_ones_and_is_broader(self):
        svg = drawing.inline(line_chart(), drawing.WIDE)
        lines = re.findall(r'<polyline[^>]*stroke-width="([\d.]+)"', svg)
        widths = [float(width) for width in lines if float(width) > 1]
        self.assertEqual(widths.index(max(widths)), 0)
        self.assertGreater(widths[0], 2 * widths[1])

    def test_says_that_a_scale_is_logarithmic(self):
        for chart in (line_chart, row_chart):
            self.assertIn("logarithmic scale", drawing.file_of(chart(log=True)))
            self.assertNotIn("logarithmic scale", drawing.file_of(chart(log=False)))

    def test_names_take_a_fifth_of_the_width_at_most(self):
        _, shapes = drawing.draw(line_chart(), drawing.WIDE)
        rules = [float(x) for x in re.findall(r'<line [^>]*x2="([\d.]+)"', "\n".join(shapes))]
        self.assertGreater(max(rules), 0.8 * drawing.WIDE)

    def test_a_mark_stands_at_its_value(self):
        svg = drawing.inline(row_chart(), drawing.WIDE)
        bar = re.search(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="14', svg)
        left, length = float(bar.group(1)), float(bar.group(2))
        mark = re.search(r'<line x1="([\d.]+)" [^>]*stroke-width="2.5"', svg[bar.end():])
        self.assertAlmostEqual(float(mark.group(1)) - left, length * 4 / 3, delta=0.3)

    def test_every_colour_has_one_for_the_dark(self):
        self.assertIn("prefers-color-scheme: dark", drawing.file_of(line_chart()))
        for chart in (line_chart(), row_chart(), row_chart(log=True)):
            for shape in re.findall(r'<[a-z]+ [^>]*(?:fill|stroke)="#[^>]*>', drawing.file_of(chart)):
                for name in re.search(r'class="([^"]*)"', shape).group(1).split():
                    self.assertIn(f".{name} {{", drawing.STYLE)

    def test_colours_stand_out_from_the_paper(self):
        def brightness(color):
            parts = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
            parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

        for name, themes in drawing.COLORS.items():
            for color, paper in zip(themes, drawing.COLORS["paper"]):
                low, high = sorted((brightness(color), brightness(paper)))
                if name not in ("paper", "rule", "pale-blue"):  # a pale bar has its figure beside it
                    self.assertGreaterEqual((high + 0.05) / (low + 0.05), 3, f"{name} {color}")

    def test_numbers_have_three_digits(self):
        self.assertEqual([drawing.number(value) for value in (0.5, 9.994, 9.997, 99.97, 1234.4)],
                         ["0.50", "9.99", "10.0", "100", "1,234"])

    def test_spread(self):
        self.assertEqual(drawing.spread([10, 11, 50], 10, 0, 100), [10, 20, 50])
        self.assertEqual(drawing.spread([99, 98], 10, 0, 100), [100, 90])
        self.assertEqual(drawing.spread([1, 0], 10, 0, 100), [10, 0])

    def test_scales_end_at_round_numbers(self):
        self.assertEqual(drawing.log_bounds(0.09, 3.1), (0.05, 5))
        self.assertEqual(drawing.linear_ticks(78), [0, 20, 40, 60, 80])


if __name__ == "__main__":
    unittest.main()
