"""What the pages of reports have in common: their style, and how charts stand in them."""
import html
import os

import gnuplot

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1f2329; --soft: #5b6470; --rule: #e3e6ea;
        --panel: #f5f6f8; --link: #1d4ed8; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171c; --ink: #e6e8eb; --soft: #a3abb5; --rule: #2b3138; --panel: #1c2027;
          --link: #7da2ff; }
}
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif;
       color: var(--ink); background: var(--paper); max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin: 0; line-height: 1.2; } h2 { margin: 3rem 0 0; font-size: 1.3rem; } h3 { margin: 1.8rem 0 0;
     font-size: 1rem; } p { margin: .3rem 0; } a { color: var(--link); }
.note { color: var(--soft); max-width: 46rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1rem;
           margin: 1.5rem 0; }
.figures div { background: var(--panel); padding: .8rem 1rem; border-radius: .4rem; }
.figures b { display: block; font-size: 1.7rem; line-height: 1.25; font-weight: 600; }
.figures span { color: var(--soft); font-size: .9rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .8rem 0; font-size: .95rem; font-variant-numeric: tabular-nums; }
td, th { padding: .25rem .8rem; text-align: right; border-bottom: 1px solid var(--rule);
         white-space: nowrap; }
th { color: var(--soft); font-weight: normal; }
td:first-child, th:first-child { text-align: left; padding-left: 0; }
.dense table { font-size: .88rem; } .dense td, .dense th { padding: .25rem .5rem; }
.dense td:first-child, .dense th:first-child { padding-left: 0; }
pre { font: 12.5px/1.45 ui-monospace, 'DejaVu Sans Mono', monospace; overflow-x: auto;
      background: var(--panel); padding: 1rem; border-radius: .4rem; }
dl { display: grid; grid-template-columns: 13rem 1fr; gap: .4rem 1.2rem; margin: .8rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; margin-top: 1rem; }
.narrow { display: none; }
@media (max-width: 40rem) {
  .wide { display: none; } .narrow { display: block; }
  dl { display: block; } dd { margin-bottom: .6rem; }
  td, th { padding: .25rem .4rem; } td:first-child { white-space: normal; min-width: 8rem; }
}
"""


def head(title):
    """Yields the head of a page that needs no other file, up to its heading."""
    yield f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>{html.escape(title)}</title>"
    yield "<meta name=viewport content='width=device-width, initial-scale=1'>"
    yield f"<style>{STYLE}{gnuplot.STYLE}</style></head><body>"
    yield f"<h1>{html.escape(title)}</h1>"


def description_list(rows):
    yield "<dl>"
    for name, text in rows:
        yield f"<dt>{html.escape(name)}</dt><dd>{html.escape(text)}</dd>"
    yield "</dl>"


def drawings(some_charts):
    """Yields charts, each of them for a broad window and for a phone, of which a browser shows one."""
    for chart in some_charts:
        yield f"<h2>{html.escape(chart.title)}</h2><p class=note>{html.escape(chart.text)}</p>"
        for name, width in (("wide", gnuplot.WIDE), ("narrow", gnuplot.NARROW)):
            yield f"<div class={name}>{gnuplot.picture_of(chart, width, is_file=False).svg()}</div>"


def write(path, text):
    """The file appears under its name only when it is whole."""
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".part", path)
