"""Makes the charts of the report from results: this says what they show, gnuplot.py draws them."""
from drawing import Bar, Line, LineChart, Pair, RowChart
from results import number_of
from table import MAIN, MIX, QUIC, SHA384, TLS13, call_rates

# Colours and dashes of lines: those of lanekdf are solid, the others dashed. An implementation has the same
# ones in every chart.
OTHERS = {"openssl": ("red", "8 4"), "openssl-parameters": ("rose", "2 4"),
          "openssl-libssl": ("rose", "6 2 2 2"), "libcrypto-composed": ("green", "8 4"),
          "aws-lc": ("purple", "8 4"), "ipsec-mb": ("orange", "8 4"),
          "ipsec-mb-named": ("brown", "8 4"), "ipsec-mb-named+libcrypto": ("brown", "3 3"),
          "ipsec-mb+libcrypto": ("gold", "3 3"), "reference": ("soft", "1 3")}
KERNEL_COLORS = ("gray", "teal", "cyan", "pink", "olive", "violet")
OWN = "blue"


def is_kernel(impl):
    """Whether this is lanekdf, kept to one kernel."""
    return impl.startswith("lanekdf-")


def line_of(results, impl, points):
    """The line of an implementation. Kernels of different hashes may look the same, since they meet in no
    chart."""
    title = results.title(impl)
    if impl == "lanekdf":
        return Line(title, points, OWN, strong=True)
    if not is_kernel(impl):
        return Line(title, points, *OTHERS[impl])
    kernel = impl.removeprefix("lanekdf-")
    family = kernel.split("_")[0] + "_"
    kernels = [name for name in results.context.get("kernels", "").split() if name.startswith(family)]
    index = kernels.index(kernel) if kernel in kernels else 0
    return Line(title, points, KERNEL_COLORS[index % len(KERNEL_COLORS)])


def batch_chart(results, workload, name, title, text, y_label, value, shows=lambda impl: True, **options):
    """A chart with a line for each implementation that it shows: value(name, batch) over the batch sizes.
    None if nothing of it was measured."""
    lines = []
    for impl in filter(shows, results.impls(workload)):
        points = [(batch, value(f"handshake/{workload}/{impl}/batch:{batch}", batch))
                  for batch in results.batches(workload, impl)]
        points = [(batch, y) for batch, y in points if y is not None]
        if points:
            lines.append(line_of(results, impl, points))
    return LineChart(name, title, text, "handshakes in a call", y_label, lines, **options) if lines else None


def million_per_second(results):
    def rate(benchmark, _):
        value = results.median(benchmark, "items_per_second")
        return value and value / 1e6
    return rate


def rate_chart(results, workload=MAIN, name="rates", title="Handshakes per second", items="handshakes",
               shows=lambda impl: True):
    has_kernels = any(map(is_kernel, filter(shows, results.impls(workload))))
    text = "More is better." + (" Thin solid lines are lanekdf, kept to one of its kernels; by itself it "
                                "takes the best of them for each size, so that its line runs along theirs."
                                if has_kernels else "") + " Dashed lines are other libraries."
    return batch_chart(results, workload, name, title, text, f"million {items}/s",
                       million_per_second(results), shows, log=True)


def sha384_chart(results):
    return rate_chart(results, SHA384, "rates_sha384", "Handshakes per second, SHA-384")


def tls13_chart(results):
    return rate_chart(results, TLS13, "rates_tls13", "Handshakes per second, TLS 1.3")


def quic_chart(results):
    return rate_chart(results, QUIC, "rates_quic", "Connections per second, keys of QUIC's first packets",
                      "connections")


def floor_chart(results):
    return batch_chart(results, MAIN, "floor", "How near to what the core can do",
                       "More is better. The floor is the time below which this core cannot go, whatever the "
                       "program; 100 % means that a call takes just that. A line drops where more handshakes "
                       "in a call lower the floor faster than the time.",
                       "% of the floor", lambda name, _: results.of_floor(name),
                       lambda impl: not is_kernel(impl), y_max=100)


def latency_chart(results):
    def microseconds(name, batch):
        value = results.median(name, "items_per_second")
        return value and 1e6 * batch / value
    return batch_chart(results, MAIN, "latency", "Time of a call",
                       "Less is better: how long the first handshake of a batch waits for the last.",
                       "microseconds", microseconds, lambda impl: not is_kernel(impl), log=True)


def fill_chart(results):
    def fill(name, _):
        value = results.median(name, "lane_fill")
        return value and 100 * value

    def has_lanes(impl):
        values = [results.median(f"handshake/{MIX}/{impl}/batch:{batch}", "lane_fill")
                  for batch in results.batches(MIX, impl)]
        return impl == "lanekdf" or any(value is not None and value < 1 for value in values)

    return batch_chart(results, MIX, "lane_fill", "Lanes in use, mixed handshakes",
                       f"{MIX}: compressions that the handshakes need, in percent of those that the kernels "
                       "computed. Counted in the engine, not timed. Kernels of one lane are always full, and "
                       "left out.",
                       "% of lanes", fill, has_lanes, y_max=100)


def call_chart(results):
    """Shows lanekdf and OpenSSL, hot and cold, one call at a time."""
    impls = (("lanekdf", OWN), ("openssl", "red"))
    rows = []
    for title, rates in call_rates(results):
        if all(all(rates.get(impl, [None])) for impl, _ in impls):
            rows.append((title, [Pair(*(1e6 / rate for rate in rates[impl]), color)
                                 for impl, color in impls]))
    if not rows:
        return None
    legend = [(sign, color, f"{results.title(impl)}, {heat}") for impl, color in impls
              for sign, heat in (("full", "hot"), ("ring", "cold"))]
    return RowChart("calls", "One call at a time, hot and cold",
                    "Less is better. Cold: before each call 2 MB of other data and 64 KB of other code went "
                    "through the caches, as in an event "
                    "loop.", "microseconds", [("", rows)], legend, log=True)


def thread_chart(results):
    names = [name for name in results.samples if "/threads:" in name]
    rates = sorted((number_of(name.rsplit("/", 1)[1]), results.median(name, "items_per_second") / 1e6)
                   for name in names)
    if len(rates) < 2:
        return None
    one = rates[0][1] / rates[0][0]
    rows = [(f"{n} thread{'s' if n > 1 else ''}",
             [Bar(rate, OWN, f"{rate / one:.2f} times one", n * one) if n > 1 else Bar(rate, OWN)])
            for n, rate in rates]
    return RowChart("threads", "Threads",
                    "More is better. A context for each thread, each on a CPU of its own, in batches of 256.",
                    "million handshakes/s", [("", rows)],
                    [("bar", OWN, "lanekdf"), ("mark", "ink", "so many times what one thread makes")])


HASHES = {"sha256": "SHA-256, blocks of 64 bytes", "sha512": "SHA-512 and SHA-384, blocks of 128 bytes",
          "sha1": "SHA-1, blocks of 64 bytes", "md5": "MD5, blocks of 64 bytes"}


def kernel_row(results, kernel, task):
    """The row of a kernel with so many tasks side by side; None if this was not measured."""
    name = f"kernel/{kernel}/{task}"
    ns, percent = results.median(name, "ns_per_compression"), results.of_floor(name)
    if ns is None:
        return None
    return (kernel, [Bar(1e3 / ns, OWN, f"{percent:.0f} % of its ceiling" if percent else "",
                         1e5 / ns / percent if percent else None)])


def kernel_chart(results):
    tasks = sorted(results.parts("kernel", 2), key=number_of)
    groups = {}
    for kernel in results.parts("kernel", 1):
        row = kernel_row(results, kernel, tasks[-1])
        if row:
            groups.setdefault(kernel.split("_")[0], []).append(row)
    if not groups:
        return None
    return RowChart("kernels", "Kernels by themselves",
                    f"More is better. {number_of(tasks[-1])} tasks side by side, all lanes full, and no "
                    "engine around the kernel. The ceiling is what this core can do at most with the "
                    "instructions that the kernel has.",
                    "million compressions/s",
                    [(HASHES.get(family, family), rows) for family, rows in groups.items()],
                    [("bar", OWN, "kernel"), ("mark", "ink", "its ceiling")])


def all_charts(results):
    charts = (make(results) for make in (rate_chart, sha384_chart, tls13_chart, quic_chart, floor_chart,
                                         latency_chart, call_chart, fill_chart, thread_chart, kernel_chart))
    return [chart for chart in charts if chart]
