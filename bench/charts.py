"""Makes the charts of the report from results: this says what they show, gnuplot.py draws them."""
from gnuplot import Chart, Series
from results import number_of
from table import MAIN, MIX, QUIC, SHA384, TLS13, call_rates

# Lines differ in colour, in markers, and in dashes: those of lanekdf are solid, the others dashed.
OWN = ("#0b3d91", "lw 4 pt 7 ps 0.9")
KERNEL_COLORS = ("#7f7f7f", "#009e73", "#56b4e9", "#cc79a7", "#8c564b", "#9467bd", "#bcbd22", "#17becf")
MARKERS = (6, 9, 5, 11, 13, 15, 4, 8)
OTHERS = {"openssl": ("#b2182b", "lw 2.5 dt 2 pt 1"),
          "openssl-parameters": ("#d6604d", "lw 1.5 dt 3 pt 16"),
          "openssl-libssl": ("#f4a582", "lw 1.5 dt 3 pt 17"),
          "libcrypto-composed": ("#1b7837", "lw 2.5 dt 2 pt 8"), "aws-lc": ("#7a3e9d", "lw 2 dt 2 pt 12"),
          "ipsec-mb": ("#e8602c", "lw 2 dt 2 pt 2"),
          "ipsec-mb-named": ("#8c2d04", "lw 2 dt 5 pt 14"),
          "ipsec-mb-named+libcrypto": ("#cc4c02", "lw 2 dt 4 pt 15"),
          "ipsec-mb+libcrypto": ("#f4a01c", "lw 2 dt 4 pt 3"), "reference": ("#444444", "lw 1.5 dt 3 pt 10")}
HOT, COLD = ("#0b3d91", "#b2182b"), ("#8fb3e8", "#eba5a5")


def color_and_style(results, impl):
    """The colour and the style of an implementation, the same in every chart. Kernels of different hashes may
    have the same ones, since they meet in no chart."""
    if impl in OTHERS:
        return OTHERS[impl]
    if impl == "lanekdf":
        return OWN
    kernel = impl.replace("lanekdf-", "")
    family = kernel.split("_")[0] + "_"
    kernels = [name for name in results.context.get("kernels", "").split() if name.startswith(family)]
    index = kernels.index(kernel) if kernel in kernels else 0
    return (KERNEL_COLORS[index % len(KERNEL_COLORS)], f"lw 2 pt {MARKERS[index % len(MARKERS)]} ps 0.7")


def over_batches(results, workload, value):
    """Makes a line for each implementation, which shows value(name, batch) over the batch sizes."""
    found = []
    for impl in results.impls(workload):
        points = [(batch, value(f"handshake/{workload}/{impl}/batch:{batch}", batch))
                  for batch in results.batches(workload, impl)]
        points = [(batch, y) for batch, y in points if y is not None]
        if points:
            found.append(Series(results.title(impl), points, *color_and_style(results, impl)))
    return found


def batch_tics(series):
    return sorted({x for line in series for x, _ in line.points})


def batch_chart(results, workload, name, title, text, y_label, value, **options):
    series = over_batches(results, workload, value)
    return series and Chart(name, title, text, "handshakes in a call", y_label, series,
                            x_tics=batch_tics(series), **options)


def rate_chart(results, workload=MAIN, name="rates", title="Handshakes per second"):
    def rate(benchmark, _):
        value = results.median(benchmark, "items_per_second")
        return value and value / 1e6
    return batch_chart(results, workload, name, title,
                       "More is better. lanekdf-... is lanekdf kept to one kernel; dashed lines are other "
                       "libraries.",
                       "million handshakes/s", rate, log="xy", y_min=0.05)


def sha384_chart(results):
    return rate_chart(results, SHA384, "rates_sha384", "Handshakes per second, SHA-384")


def tls13_chart(results):
    return rate_chart(results, TLS13, "rates_tls13", "Handshakes per second, TLS 1.3")


def quic_chart(results):
    return rate_chart(results, QUIC, "rates_quic", "First packets' keys per second, QUIC")


def floor_chart(results):
    return batch_chart(results, MAIN, "floor", "Percent of the floor",
                       "Of what this core allows: the legend below the tables says how it is reckoned. For "
                       "lanekdf-... it is the floor of that kernel. Lines may drop where more handshakes "
                       "lower the floor faster than the time.",
                       "% of the floor", lambda name, _: results.of_floor(name), log="x", y_max=100)


def latency_chart(results):
    def microseconds(name, batch):
        value = results.median(name, "items_per_second")
        return value and 1e6 * batch / value
    return batch_chart(results, MAIN, "latency", "Time of a call",
                       "Less is better: how long the first handshake of a batch waits for the last.",
                       "microseconds", microseconds, log="xy", y_min=0.5)


def fill_chart(results):
    def fill(name, _):
        value = results.median(name, "lane_fill")
        return value and 100 * value
    return batch_chart(results, MIX, "lane_fill", "Lanes in use, mixed handshakes",
                       f"{MIX}: compressions that the handshakes need, in percent of those that the kernels "
                       "computed. Counted in the engine, not timed. One-lane kernels are always full.",
                       "% of lanes", fill, log="x", y_max=105)


def call_chart(results):
    """Shows lanekdf and OpenSSL, hot and cold, one call at a time."""
    impls = ("lanekdf", "openssl")
    bars = [(f"{impl}, {heat}", impl, place, colors[impls.index(impl)])
            for impl in impls for place, (heat, colors) in enumerate((("hot", HOT), ("cold", COLD)))]
    categories, points = [], {title: [] for title, *_ in bars}
    for title, rates in call_rates(results):
        if not all(all(rates.get(impl, [None])) for impl in impls):
            continue
        middle = 6 * len(categories)
        categories.append((middle, title.replace("tls12-", "")))
        for index, (bar, impl, place, _) in enumerate(bars):
            points[bar].append((middle - 1.5 + index, 1e6 / rates[impl][place]))
    if not categories:
        return None
    return Chart("calls", "One call at a time, hot and cold",
                 "Less is better. Cold: before each call 2 MB of other data and 64 KB of other code went "
                 "through the caches, as in an event loop.", "", "microseconds",
                 [Series(title, points[title], color) for title, _, _, color in bars], log="y",
                 categories=categories, bar_width=0.9, y_min=0.2)


def thread_chart(results):
    names = [name for name in results.samples if "/threads:" in name]
    rates = sorted((number_of(name.rsplit("/", 1)[1]), results.median(name, "items_per_second") / 1e6)
                   for name in names)
    if len(rates) < 2:
        return None
    bars = [(3 * index, rate) for index, (_, rate) in enumerate(rates)]
    ideal = [(3 * index, n * rates[0][1], 0.7) for index, (n, _) in enumerate(rates)]
    categories = [(3 * index, f"{n} thread{'s' if n > 1 else ''}") for index, (n, _) in enumerate(rates)]
    return Chart("threads", "Threads",
                 "A context for each thread, each on a CPU of its own, in batches of 256.", "",
                 "million handshakes/s", [Series("lanekdf", bars, OWN[0])], categories=categories,
                 bar_width=1, marks=("n times one thread", ideal))


def kernel_chart(results):
    key = "cycles_per_compression"
    tasks = sorted(results.parts("kernel", 2), key=number_of)
    categories, marks, points = [], [], {task: [] for task in tasks}
    for index, kernel in enumerate(results.parts("kernel", 1)):
        middle = (len(tasks) + 1) * index
        values = {task: results.median(f"kernel/{kernel}/{task}", key) for task in tasks}
        if None in values.values():
            continue
        categories.append((middle, kernel))
        for place, task in enumerate(tasks):
            points[task].append((middle + place - (len(tasks) - 1) / 2, values[task]))
        percent = results.of_floor(f"kernel/{kernel}/{tasks[-1]}")
        if percent:
            marks.append((middle, values[tasks[-1]] * percent / 100, len(tasks) / 2))
    if not categories:
        return None
    shades = ("#c6d7f2", "#9bbae6", "#6d98d6", "#3f70bd", "#0b3d91", "#06265c")
    series = [Series(f"{number_of(task)} task{'s' if number_of(task) > 1 else ''}", points[task],
                     shades[place % len(shades)]) for place, task in enumerate(tasks)]
    return Chart("kernels", "Kernels by themselves",
                 "Core cycles per compression and lane; less is better. The black line is the kernel's "
                 "floor with the most tasks.", "", "core cycles per compression", series, log="y",
                 categories=categories, bar_width=0.9, y_min=10, marks=marks and ("floor", marks))


def all_charts(results):
    charts = (make(results) for make in (rate_chart, sha384_chart, tls13_chart, quic_chart, floor_chart,
                                         latency_chart, call_chart, fill_chart, thread_chart, kernel_chart))
    return [chart for chart in charts if chart]
