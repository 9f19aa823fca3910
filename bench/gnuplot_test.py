#!/usr/bin/env python3
"""Tests gnuplot.py on charts that are made up: nothing lies on top of something else, or outside, and every
colour has one for the dark."""
import os
import re
import sys
import tempfile
import unittest
from xml.etree import ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "tests")]
sys.dont_write_bytecode = True
import gnuplot
import skips
from drawing import COLORS, Bar, Line, LineChart, Pair, RowChart, number

SVG = "{http://www.w3.org/2000/svg}"


def line_chart(log=True, n_lines=14, title="an_implementation_"):
    """Lines that end nearly at one place, and one that ends far below them."""
    lines = [Line(f"{title}{i}", [(1, 0.1 + i), (64, 2 + 0.01 * i), (1024, 2.1 + 0.01 * i)], "teal")
             for i in range(n_lines - 2)]
    lines.append(Line("lanekdf", [(1, 1), (64, 2), (10000, 2)], "blue", strong=True))
    lines.append(Line("slow", [(1, 0.09), (1024, 0.09)], "red", dash="8 4"))
    return LineChart("lines", "Lines", "A text.", "in a call", "million/s", lines, log)


def row_chart(log=False, name="an_implementation_"):
    tracks = ([Pair(0.5 + i, 0.6 + i, "blue") for i in range(2)] if log
              else [Bar(3.0, "blue", "88 % of its ceiling", 4.0), Bar(0.01, "pale-blue")])
    groups = [("First", [(f"{name}{i}", tracks) for i in range(8)]), ("Second", [("a", tracks)])]
    return RowChart("rows", "Rows", "A text.", "million/s", groups,
                    [("bar", "blue", "a kernel"), ("mark", "ink", "its ceiling"), ("full", "red", "hot"),
                     ("ring", "red", "cold")], log)


SLOW = LineChart("lines", "Lines", "A text.", "in a call", "microseconds", [
    Line("lanekdf", [(1, 3e5), (2, 4e5)], "blue"), Line("slow", [(1, 3.1e5), (2, 4.5e5)], "red")], log=True)
STEPS = LineChart("lines", "Lines", "A text.", "busy, %", "microseconds", [
    Line("lanekdf", [(20, 3), (95, 40)], "blue", strong=True),
    Line("", [(20, 2), (95, 30)], "blue", dash="1 3", is_plain=True), Line("slow", [(50, 50)], "red")],
    x_steps=[(f"{x} %", x) for x in range(0, 101, 20)], x_log=False)
CHARTS = (SLOW, line_chart(), line_chart(log=False), line_chart(n_lines=2), line_chart(title="a"),
          row_chart(), row_chart(log=True), row_chart(name="a"), row_chart(log=True, name="a"), STEPS)


def pictures():
    for chart in CHARTS:
        yield gnuplot.picture_of(chart)
        for width in (gnuplot.WIDE, gnuplot.NARROW):
            yield gnuplot.picture_of(chart, width, is_file=False)


def boxes(root):
    """Yields (text, left, top, right, bottom) of all texts; gnuplot has each in a group that places it."""
    for group in root.iter(SVG + "g"):
        text = group.find(SVG + "text")
        if text is not None and text.text.strip():
            place = re.match(r"translate\((.*),(.*)\)", group.get("transform"))
            x, y = (float(part) for part in place.groups())
            size = float(group.get("font-size"))
            # What a common sans-serif font takes, which is less than what gnuplot.py reckons with.
            width = (0.58 if group.get("font-weight") else 0.53) * size * len(text.text.strip())
            left = x - {"start": 0, "middle": width / 2, "end": width}[group.get("text-anchor")]
            yield text.text.strip(), left, y - 0.75 * size, left + width, y


def overlap(a, b):
    return a[1] < b[3] and b[1] < a[3] and a[2] < b[4] and b[2] < a[4]


@unittest.skipUnless(gnuplot.can_write("svg"), "gnuplot is not installed")
class Gnuplot(unittest.TestCase):
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
        for picture in pictures():
            self.check(picture.svg())

    def test_names_of_lines_and_rows_are_there(self):
        for picture in pictures():
            texts = self.check(picture.svg())
            for name in ("lanekdf", "slow") if picture.name == "lines" else ("First", "a", "hot", "cold"):
                self.assertEqual(texts.count(name), 1, name)

    def test_two_charts_beside_each_other(self):
        charts = [line_chart(n_lines=5)._replace(title=f"Run {i}" + " i" * 50) for i in range(2)]
        picture = gnuplot.Picture("two", "Title", "A text.")
        picture.add_beside(charts)
        picture.add(row_chart())
        self.assertEqual(self.check(picture.svg()).count("lanekdf"), 1)  # one legend for both

    def test_signs_of_a_legend_keep_away_from_texts(self):
        for length in (1, 3, 12, 35):
            texts = ["i" + "n" * (length - 1), "m" * length]
            chart = row_chart()._replace(legend=[("bar", "blue", text) for text in texts])
            places = {text: (left, right) for text, left, _, right, _ in boxes(ElementTree.fromstring(
                gnuplot.picture_of(chart).svg()))}
            # A sign begins 37 pixels before its text.
            self.assertGreater(places[texts[1]][0] - 37, places[texts[0]][1] + 8, length)

    def test_names_beside_lines_are_in_the_order_of_their_ends(self):
        found = {text: top for text, _, top, _, _ in boxes(ElementTree.fromstring(
            gnuplot.picture_of(line_chart()).svg()))}
        names = [line.title for line in sorted(line_chart().lines, key=lambda line: -max(line.points)[1])]
        self.assertEqual(sorted(names, key=found.get), names)

    def test_the_strong_line_lies_below_the_thin_ones_and_is_broader(self):
        svg = gnuplot.picture_of(line_chart()).svg()
        widths = [float(width) for width in re.findall(
            r'color="black"[^>]*stroke-width="([\d.]+)"[^>]*>\s*<path stroke="#(?:1d4ed8|0f766e)"',
            svg.replace(COLORS["ink"][0], "black")) if float(width) > 1]
        self.assertEqual(widths.index(max(widths)), 0)
        self.assertGreater(widths[0], 2 * widths[1])

    def test_says_that_a_scale_is_logarithmic(self):
        for chart in (line_chart, row_chart):
            self.assertIn("logarithmic scale", gnuplot.picture_of(chart(log=True)).svg())
            self.assertNotIn("logarithmic scale", gnuplot.picture_of(chart(log=False)).svg())

    def test_a_scale_has_two_figures_at_least(self):
        for width in (gnuplot.WIDE, gnuplot.NARROW):
            texts = self.check(gnuplot.picture_of(SLOW, width).svg())
            self.assertEqual([text for text in texts if "00,000" in text], ["200,000", "500,000"])
        chart = row_chart()._replace(log=True, groups=[("", [("a", [Pair(2.4, 3.7, "blue")])])])
        self.assertLessEqual({"2", "5"}, set(self.check(gnuplot.picture_of(chart).svg())))

    def test_a_mark_stands_at_its_value(self):
        svg = gnuplot.picture_of(row_chart()).svg()
        bar = re.search(r'<polygon fill="#1d4ed8" points = .([\d.]+),[\d.]+ [\d.]+,[\d.]+ ([\d.]+),',
                        svg[svg.index("plot_1", svg.index("its ceiling")):])
        left, right = (float(part) for part in bar.groups())
        mark = re.search(r'stroke-width="2.50"[^>]*>\s*<path[^>]* d=.M([\d.]+),', svg)
        self.assertAlmostEqual(float(mark.group(1)) - left, (right - left) * 4 / 3, delta=0.3)

    def test_every_colour_has_one_for_the_dark(self):
        for picture in pictures():
            svg = picture.svg()
            self.assertEqual(picture.is_file, "prefers-color-scheme: dark" in svg)
            self.assertNotIn("rgb(", svg)
            for key, color in re.findall(r"""\s(fill|stroke|color)\s*=\s*["']([^"']*)["']""", svg):
                self.assertTrue(color in ("none", "currentcolor") or f'[{key}="{color}"]' in gnuplot.STYLE,
                                color)

    def test_a_colour_without_a_theme_is_an_error(self):
        self.assertEqual(gnuplot.themed("<a fill = 'rgb( 29,  78, 216)' stroke='black'/>"),
                         '<a fill="#1d4ed8" stroke="#1f2329"/>')
        for color in ("rgb(1, 2, 3)", "#1d4ed9", "red"):
            with self.assertRaises(ValueError):
                gnuplot.themed(f"<a fill='{color}'/>")

    def test_text_is_drawn_as_it_is(self):
        name = r"it's a_{b}^c <&> \n %d @x"
        for chart in (line_chart(n_lines=3, title=name), row_chart(name=name)):
            self.assertIn(name + "0", self.check(gnuplot.picture_of(chart).svg()))

    def test_says_in_words_what_is_to_be_seen(self):
        root = ElementTree.fromstring(gnuplot.picture_of(row_chart()._replace(text="<b> & c")).svg())
        self.assertEqual([root.get("role"), root.find(SVG + "title").text, root.find(SVG + "desc").text],
                         ["img", "Rows", "<b> & c"])

    def test_pictures_of_one_page_share_no_id(self):
        ids = [re.findall("id=[\"'](.*?)[\"']", gnuplot.picture_of(chart, width, is_file=False).svg())
               for chart in CHARTS[1:8:4] for width in (gnuplot.WIDE, gnuplot.NARROW)]
        self.assertEqual(len(set(sum(ids, []))), sum(len(set(some)) for some in ids))

    @unittest.skipUnless(gnuplot.can_write("pngcairo"), "this gnuplot writes no PNG")
    def test_png(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "it's.png")
            gnuplot.picture_of(row_chart()).write_png(path)
            with open(path, "rb") as file:
                self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")


class Parts(unittest.TestCase):
    def test_colours_stand_out_from_the_paper(self):
        def brightness(color):
            parts = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
            parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

        for name, themes in COLORS.items():
            for color, paper in zip(themes, COLORS["paper"]):
                low, high = sorted((brightness(color), brightness(paper)))
                if name not in ("paper", "rule", "pale-blue"):  # a pale bar has its figure beside it
                    self.assertGreaterEqual((high + 0.05) / (low + 0.05), 3, f"{name} {color}")
        # STYLE finds a colour by its value.
        self.assertEqual(len({light for light, _ in COLORS.values()}), len(COLORS))

    def test_numbers_have_three_digits(self):
        self.assertEqual([number(value) for value in (0.5, 9.994, 9.997, 99.97, 1234.4)],
                         ["0.50", "9.99", "10.0", "100", "1,234"])

    def test_spread(self):
        self.assertEqual(gnuplot.spread([10, 11, 50], 10, 0, 100), [10, 20, 50])
        self.assertEqual(gnuplot.spread([99, 98], 10, 0, 100), [100, 90])
        self.assertEqual(gnuplot.spread([1, 0], 10, 0, 100), [10, 0])

    def test_says_whether_gnuplot_is_there(self):
        path = os.environ["PATH"]
        with tempfile.TemporaryDirectory() as folder:
            try:
                os.environ["PATH"] = folder
                self.assertFalse(gnuplot.can_write("svg"))
            finally:
                os.environ["PATH"] = path
        self.assertFalse(gnuplot.can_write("no_such_terminal"))


if __name__ == "__main__":
    skips.main()
