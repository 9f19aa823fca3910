#!/usr/bin/env python3
"""Tests report.py on table_sample.json."""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "tests")]
sys.dont_write_bytecode = True
import charts
import gnuplot
import report
import skips
from results import Results

CHARTS = ("rates", "rates_sha384", "rates_tls13", "rates_quic", "floor", "latency", "calls", "lane_fill",
          "threads", "kernels")


NEEDS_GNUPLOT = unittest.skipUnless(gnuplot.can_write("svg"), "gnuplot is not installed")


def sample():
    with open(os.path.join(HERE, "table_sample.json"), encoding="utf-8") as file:
        return Results(json.load(file))


def page_of(results):
    return "\n".join(report.page(results))


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.page = page_of(sample())

    def setUp(self):
        self.results = sample()

    def chart(self, name):
        return next(chart for chart in charts.all_charts(self.results) if chart.name == name)

    def write(self, folder, **environment):
        done = subprocess.run([sys.executable, "-B", os.path.join(HERE, "report.py"),
                               os.path.join(HERE, "table_sample.json"), folder], check=True,
                              capture_output=True, text=True, env={**os.environ, **environment})
        return done.stderr

    @NEEDS_GNUPLOT
    def test_charts(self):
        page = self.page
        for word in ("<script", "<link", "<img", "src="):
            self.assertNotIn(word, page)
        self.assertEqual(page.count("<svg"), 2 * len(CHARTS))  # each for a broad window and for a phone
        self.assertEqual([chart.name for chart in charts.all_charts(self.results)], list(CHARTS))

    @NEEDS_GNUPLOT
    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(self.write(folder), "")
            endings = ["svg"] + ["png"] * gnuplot.can_write("pngcairo")
            self.assertEqual(set(os.listdir(folder)), {"report.html"} | {
                f"{name}.{ending}" for name in CHARTS for ending in endings})

    def test_without_gnuplot_there_are_tables(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertIn("gnuplot-nox", self.write(folder, PATH=folder))
            self.assertEqual(os.listdir(folder), ["report.html"])
            with open(os.path.join(folder, "report.html"), encoding="utf-8") as file:
                page = file.read()
        self.assertNotIn("<svg", page)
        for part in ("in the package gnuplot-nox", "<table>", "<pre>", "20.0&times;"):
            self.assertIn(part, page)

    def test_text_is_quoted(self):
        self.results.context["cpu"] = "<b>&"
        page = page_of(self.results)
        self.assertIn("&lt;b&gt;&amp;", page)
        self.assertNotIn("<dd><b>", page)

    def test_says_what_was_measured(self):
        page = self.page
        for part in ("Some CPU", "gcc 12.2.0", "OpenSSL 3.0.0", "bash bench/run.sh", "16.0&times;",
                     "19 compressions", "20.0&times;", "62 compressions", "30.0&times;",
                     "of the floor</td><td>50 %</td><td>75 %"):
            self.assertIn(part, page)

    def test_says_what_each_implementation_is(self):
        page = self.page
        for impl in self.results.all_impls():
            if not charts.is_kernel(impl):
                self.assertIn(f"<dt>{self.results.title(impl)}</dt>", page)
        self.assertIn("Here these are sha512_scalar.", page)

    def test_every_implementation_has_its_sentence_and_its_line(self):
        peers = os.path.join(os.path.dirname(HERE), "peers")
        names = {"lanekdf"}
        for name in os.listdir(peers):
            if re.fullmatch(r"baseline_.*\.c", name):
                with open(os.path.join(peers, name), encoding="utf-8") as file:
                    names |= set(re.findall(r'(?:\.name =|define NAME) "([a-z-]+)"', file.read()))
        self.assertIn("ipsec-mb-named", names)
        self.assertLessEqual(names, set(report.IMPLEMENTATIONS))
        # The PRF by itself, which openssl-as-libssl has, is in no chart of lines.
        self.assertLessEqual(names - {"lanekdf", "openssl-as-libssl"}, set(charts.OTHERS))

    def test_rejected_of_how_many(self):
        self.assertIn("<dd>97 of 3,300 repetitions", self.page)

    def test_links_to_the_figures(self):
        self.assertIn("<a href=results.json>", self.page)

    def test_dark(self):
        page = self.page
        self.assertIn("color-scheme: light dark", page)
        self.assertEqual(page.count("prefers-color-scheme: dark"), 2)  # of the page and of its pictures

    def test_first_what_people_look_for(self):
        page = self.page
        for part in ("<b>2,000,000</b>handshakes/s, one at a time",
                     "<b>4,000,000</b>handshakes/s, 64 in a call", "16.0 times OpenSSL 3.0.0",
                     "4.0 times ipsec-mb 1.3.0", "50 % of the floor"):
            self.assertLess(page.index(part), page.index("<h2>"))

    def test_bars_of_kernels_end_below_their_ceilings(self):
        name, (bar,) = self.chart("kernels").groups[0][1][0]
        self.assertEqual((name, bar.note), ("sha256_scalar", "60 % of its ceiling"))
        self.assertAlmostEqual(bar.value / bar.mark, 0.6)

    def test_lanekdf_is_the_strong_line(self):
        self.results.samples["handshake/tls12-sha256/lanekdf-sha256_scalar/batch:1"] = (
            self.results.samples["handshake/tls12-sha256/lanekdf/batch:1"])
        lines = self.chart("rates").lines
        self.assertEqual([line.title for line in lines if line.strong], ["lanekdf"])
        self.assertIn("sha256_scalar", [line.title for line in lines])


if __name__ == "__main__":
    skips.main()
