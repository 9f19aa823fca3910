#!/usr/bin/env python3
"""Tests report.py on table_sample.json, with gnuplot if it is installed, and without."""
import json
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import gnuplot
import report
from results import Results

CHARTS = ("rates", "rates_sha384", "rates_tls13", "rates_quic", "floor", "latency", "calls", "lane_fill",
          "threads", "kernels")


class Report(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(HERE, "table_sample.json"), encoding="utf-8") as file:
            self.results = Results(json.load(file))
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def hide_gnuplot(self):
        self.addCleanup(setattr, gnuplot, "is_installed", gnuplot.is_installed)
        gnuplot.is_installed = lambda: False

    def page(self):
        return "\n".join(report.page(self.results, self.folder, with_png=False))

    def test_without_gnuplot(self):
        self.hide_gnuplot()
        page = self.page()
        self.assertIn("gnuplot is not installed", page)
        self.assertIn("lanekdf against openssl 3.0.0", page)  # a row of the tables
        self.assertNotIn("<svg", page)

    def test_charts(self):
        if not gnuplot.is_installed():
            self.skipTest("gnuplot is not installed")
        page = self.page()
        for word in ("could not draw", "<script", "<link", "<img", "src="):
            self.assertNotIn(word, page)
        self.assertEqual(page.count("<svg"), len(CHARTS))
        for name in CHARTS:
            self.assertTrue(os.path.getsize(os.path.join(self.folder, name + ".svg")) > 0, name)

    def test_text_is_quoted(self):
        self.hide_gnuplot()
        self.results.context["cpu"] = "<b>&"
        page = self.page()
        self.assertIn("&lt;b&gt;&amp;", page)
        self.assertNotIn("<b>", page)

    def test_says_what_was_measured(self):
        self.hide_gnuplot()
        page = self.page()
        for part in ("Some CPU", "gcc 12.2.0", "OpenSSL 3.0.0", "bash bench/run.sh", "&times;16.0",
                     "tls12-sha384: 19 compressions", "&times;20.0",
                     "tls13-sha256: 62 compressions", "&times;30.0",
                     "of the floor</td><td>50 %</td><td>75 %"):
            self.assertIn(part, page)


if __name__ == "__main__":
    unittest.main()
