"""Makes the charts of the report from a run's results: this says what they show, gnuplot.py draws them."""
from drawing import Line, LineChart

# Who is compared has the same colour in every chart; others, such as engines for tests, take turns.
COLORS = {"lanekdf-group": "blue", "lanekdf-one": "teal", "openssl": "red", "ipsec-mb": "orange",
          "ipsec-mb+libcrypto": "gold"}
OTHERS = ("purple", "pink", "olive", "violet", "brown", "gray")
DOTTED = "1 3"
AROUND_US = (1, 2, 5, 10, 20, 50, 100)


def color_of(run, engine):
    return COLORS.get(engine, OTHERS[run.engines.index(engine) % len(OTHERS)])


def measured(run, engine, points, is_plain=False):
    return Line(engine, points, color_of(run, engine), strong=engine.startswith("lanekdf"), is_plain=is_plain)


def theory(run, engine, points):
    """A line of theory has the colour of the engine that it is about, and no name."""
    return Line("", points, color_of(run, engine), dash=DOTTED, is_plain=True)


def round_steps(high):
    """Six steps from 0 up to a number at most."""
    distance = next(digit * 10 ** power for power in range(12) for digit in (1, 2, 5)
                    if high <= 6 * digit * 10 ** power)
    return [(f"{step:,}", step) for step in range(0, int(high) + 1, distance)]


def line_chart(name, title, text, x_label, y_label, lines, **options):
    if options.get("log"):  # there is no place for 0, which an engine without any work takes
        lines = [line._replace(points=[(x, y) for x, y in line.points if y > 0]) for line in lines]
    lines = [line for line in lines if line.points]
    if not any(line.title for line in lines):  # no theory without what was measured
        return None
    return LineChart(name, title, text, x_label, y_label, lines, **options)


def latency_chart(run, percentile, name):
    """A percentile over the rate that was done."""
    lines = []
    for engine in run.engines:
        points = [point for point in run.sweep(engine)
                  if "rate" in point and percentile in point["percentiles"]]
        lines.append(measured(run, engine, [(point["rate"] / 1e3, point["percentiles"][percentile] / 1e3)
                                            for point in points]))
        lines.append(theory(run, engine, [(point["rate"] / 1e3, point["theory"][percentile] / 1e3)
                                          for point in points if "theory" in point]))
    highest = max((x for line in lines for x, _ in line.points), default=1)
    return line_chart(
        name, f"{percentile} against the rate",
        f"Lower and further right is better: {percentile[1:]} % of handshakes are done within this time of "
        "their arrival, other work included."
        + " Dotted: what queueing theory makes of the times of the calls." * run.has_theory(),
        "thousand handshakes/s", "microseconds", lines, log=True, x_steps=round_steps(highest), x_log=False)


def curve(point):
    """The latency of a point over 1 / (1 - share of handshakes), in microseconds, as far as a hundred
    handshakes lie beyond, and thin enough for a picture."""
    points, n_points_of_decade = [], 40
    for share, ns in point.steps():
        beyond = 1 - share
        if beyond * point["latency"]["n"] < 100:
            break
        if not points or 1 / beyond >= points[-1][0] * 10 ** (1 / n_points_of_decade):
            points.append((1 / beyond, ns / 1e3))
    return points


def percentile_chart(run):
    lines, loads = [], []
    for engine in run.engines:
        point = run.usual(engine)
        if point:
            loads.append(f"{engine} {100 * point['busy']:.0f} %")
            lines.append(measured(run, engine, curve(point), is_plain=True))
            lines.append(theory(run, engine, [
                (1 / (1 - float(name[1:]) / 100), ns / 1e3) for name, ns in point.get("theory", {}).items()
                if name in point["percentiles"]]))
    return line_chart(
        "percentiles", "All percentiles at one load",
        "Lower is better. How long the slowest handshakes take, each engine at the rate that keeps it about "
        f"as busy as the others ({', '.join(loads)}); a curve ends where fewer than a hundred handshakes lie "
        "beyond." + " Dotted: theory, a straight line from one of its percentiles to the next."
        * run.has_theory(),
        "handshakes done within this time", "microseconds", lines, log=True,
        x_steps=[("50 %", 2), ("90 %", 10), ("99 %", 100), ("99.9 %", 1000), ("99.99 %", 1e4)])


def occupancy_chart(run):
    lines = [measured(run, engine, [(100 * point["busy"], point["per_call_by_handshakes"])
                                    for point in run.sweep(engine)])
             for engine in run.engines if any(point["per_call"] > 1 for point in run.sweep(engine))]
    return line_chart(
        "occupancy", "How many handshakes share a call",
        "A handshake finds so many in its call, itself included. At a low load each is alone: groups come "
        "about by themselves, where they are of use.",
        "time that the core is busy, %", "handshakes in a call", lines, x_steps=round_steps(100), x_log=False)


def highest_rate_chart(run):
    """What was found at the other work of the run, and, since one run has no other, what each engine can do
    at most beside more or less of it."""
    lines = []
    for engine in run.engines:
        found = run.found(engine)
        job_us = (run.job_ns_by_size(engine) or [(1, 0)])[-1][1] / 1e3
        if found and job_us > 0:
            lines.append(Line(engine, [(us, 1e3 / (us + job_us)) for us in AROUND_US],
                              color_of(run, engine), dash=DOTTED, is_plain=True))
            lines.append(Line("", [(run["around_ns"] / 1e3, found["offered"] / run.n_cores() / 1e3)],
                              color_of(run, engine), strong=True))
    return line_chart(
        "highest", "Highest rate against other work",
        f"More is better. The dots are the highest rates of a core that met the objective ({run.objectives()}"
        "), beside the other work of this run. Dotted: what a core does at most beside more or less other "
        "work, with the derivations of the largest calls that were measured.",
        "other work of a handshake, microseconds", "thousand handshakes/s of a core", lines, log=True,
        x_steps=[(f"{us}", us) for us in AROUND_US]) if run["around_ns"] > 0 else None


def service_chart(run):
    lines = [measured(run, engine, [(size, ns) for size, ns in run.job_ns_by_size(engine)])
             for engine in run.engines]
    largest = max((size for line in lines for size, _ in line.points), default=1)
    sizes = [size for size in (1, 2, 3, 4, 6, 8) if size <= largest] if largest <= 8 else [
        2 ** k for k in range(largest.bit_length())]
    return line_chart(
        "service", "Time of a derivation against the size of its call",
        "Lower is better. A call of several handshakes takes this time for each of them, the caches being as "
        "they are behind other work.",
        "handshakes in the call", "nanoseconds per handshake", lines, log=True,
        x_steps=[(f"{size}", size) for size in sizes])


def all_charts(run):
    charts = (latency_chart(run, "p99", "latency_p99"), latency_chart(run, "p50", "latency_p50"),
              percentile_chart(run), highest_rate_chart(run), occupancy_chart(run), service_chart(run))
    return [chart for chart in charts if chart]
