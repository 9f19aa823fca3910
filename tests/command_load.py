#!/usr/bin/env python3
"""lanekdf load: what a run counts, against queueing theory that this test computes by itself; what
verification finds; and mistakes on the command line.

Every run has the work clock and engines that only take time, or judges no time: nothing depends on a quiet
machine. With --long as the last argument the runs against theory have ten million arrivals each.

Catches: a latency that leaves out the wait for the loop (coordinated omission), arrivals that do not have
the rate or are not independent, a percentile of the wrong rank, groups that are cut wrongly, a wrong output
that is not found, and bad input that is taken."""
import json
import math
import os
import re
import sys
import tempfile
import time
import unittest
from decimal import Decimal, getcontext

IS_LONG = sys.argv[-1] == "--long"
if IS_LONG:
    sys.argv.pop()

from command_support import (CLIENT, ERROR, FAILED, OK, PMS, SERVER, hash_line, lines, run,  # noqa: E402
                             session, sessions, tls13_sessions)

getcontext().prec = 120


def is_right(result):
    """Whether nothing was wrong. Engines that derive need not reach the rate: a slow build beside other
    programs takes any time."""
    derives = re.search(r"(?m)^(lanekdf-|openssl|ipsec-mb)", result.stdout)
    late = result.returncode == FAILED and derives and "offered rate was not reached" in result.stdout
    return (result.returncode == OK or bool(late)) and "wrong output" not in result.stdout + result.stderr


def load(*arguments):
    """Runs it, and returns the line of the run and those of its points."""
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "result.json")
        result = run("load", *arguments, "--json", name)
        assert is_right(result) and result.stderr == "", (arguments, result)
        with open(name, encoding="utf-8") as file:
            first, *points, last = map(json.loads, file)
    assert (first["type"], last["type"]) == ("run", "end"), arguments
    assert last["lines"] == len(points) + 2
    assert all(point["run"] == first["run"] for point in points)
    return first, points


def peers():
    """The engines of libraries that this build of the command has."""
    listed = run("load", "--list").stdout.split("Workloads")[0]
    return [name for name in ("openssl", "ipsec-mb", "ipsec-mb+libcrypto")
            if re.search(rf"(?m)^  {re.escape(name)} +(OpenSSL|intel-ipsec-mb|the same)", listed)]


def samples(usual):
    return str(10_000_000 if IS_LONG else usual)


# --- theory ---

def md1_waits_at_most(load, x):
    """The chance that a handshake waits at most x service times: Crommelin's formula, in decimals, since its
    terms cancel each other."""
    load, x = Decimal(load), Decimal(x)
    total = Decimal(0)
    for k in range(int(x) + 1):
        y = load * (k - x)
        total += y ** k / math.factorial(k) * (-y).exp() if k or y else Decimal(1)
    return (1 - load) * total


def md1(load, percent):
    """The time that this percentage stays at most, in service times."""
    low, high = 0.0, 60.0
    for _ in range(40):
        middle = (low + high) / 2
        if md1_waits_at_most(load, middle) < Decimal(percent) / 100:
            low = middle
        else:
            high = middle
    return 1 + high


def poisson(mean):
    """The counts that are not negligible, with their chances."""
    chance, k, found = math.exp(-mean), 0, []
    while k < mean or chance > 1e-9:
        found.append((k, chance))
        k += 1
        chance *= mean / k
    return found


class Chain:
    """Iterations that take all that wait, and derive them in groups: call + n * job for a call of n."""

    def __init__(self, rate, around, call, job, group):
        self.rate, self.around, self.call, self.job, self.group = rate, around, call, job, group
        shares = {1: 1.0}
        for _ in range(400):
            following = {}
            for n, share in shares.items():
                for k, chance in poisson(rate * self.lasts(n)):
                    if share * chance > 1e-12:
                        following[max(1, k)] = following.get(max(1, k), 0) + share * chance
            shares = following
        self.times = self.stays(shares)

    def lasts(self, n):
        return n * (self.around + self.job) + -(-n // self.group) * self.call

    def done(self, i, n):
        """When handshake i of n is done, from 0 on."""
        first = i // self.group * self.group
        size = min(self.group, n - first)
        return (self.lasts(first) + size * (self.around / 2 + self.job) + self.call +
                (i - first + 1) * self.around / 2)

    def stays(self, shares):
        """Times with their weights. Of those that arrive at one moment of an iteration, the numbers before
        and behind it are independent."""
        times = []
        for n, share in shares.items():
            lasts = self.lasts(n)
            times.append((self.lasts(1), share * math.exp(-self.rate * lasts)))
            moments = 24
            for m in range(moments):
                at = (m + .5) / moments * lasts
                for a, before in poisson(self.rate * at):
                    for b, behind in poisson(self.rate * (lasts - at)):
                        weight = share * self.rate * lasts / moments * before * behind
                        if weight > 1e-10:
                            times.append((lasts - at + self.done(a, a + 1 + b), weight))
        return sorted(times)

    def percentile(self, percent):
        rest = sum(weight for _, weight in self.times) * percent / 100
        for time, weight in self.times:
            rest -= weight
            if rest <= 0:
                return time
        raise AssertionError(percent)


class Theory(unittest.TestCase):
    def close(self, measured, expected, share, what):
        if IS_LONG:
            print(f"{what}: {measured:.6g}, by theory {expected:.6g}, "
                  f"{100 * (measured / expected - 1):+.2f} %")
        self.assertLess(abs(measured / expected - 1), share, (what, measured, expected))

    def test_one_at_a_time(self):
        loads = ["0.2", "0.5", "0.8"] + ["0.9"] * IS_LONG
        _, points = load("--engine", "fixed:5us", "--group", "1", "--around", "0us",
                         "--samples", samples(400_000),
                         "--rate", ",".join(f"{float(load) * 200_000:.0f}" for load in loads))
        for share, point in zip(loads, points):
            self.assertEqual(point["latency"]["n"], int(samples(400_000)))
            rho = float(share)
            self.close(point["mean_ns"], 5000 * (1 + rho / 2 / (1 - rho)), .03, share)
            for percent in (50, 99):
                self.close(point["percentiles"][f"p{percent}"], 5000 * md1(share, percent), .03,
                           (share, percent))
            self.close(point["busy"], rho, .01, share)
            for name, ns in point["theory"].items():
                if name != "mean":
                    self.close(ns, 5000 * md1(share, float(name[1:])), .01, (share, name, "its own theory"))

    def test_groups(self):
        rates = (150_000, 300_000, 500_000)
        _, points = load("--engine", "fixed:2us+300ns", "--around", "1us", "--samples", samples(400_000),
                         "--rate", ",".join(map(str, rates)))
        for rate, point in zip(rates, points):
            chain = Chain(rate / 1e9, 1000, 2000, 300, 8)
            for percent in (50, 90, 99, 99.9):
                name = f"p{percent}"
                expected = chain.percentile(percent)
                self.close(point["percentiles"][name], expected, .05, (rate, name))
                self.close(point["theory"][name], expected, .02, (rate, name, "its own theory"))

    def test_bursts(self):
        """A burst of 32 is served as a whole, in groups of 8, and each handshake is done at its place."""
        done = [(8 * (i // 8) + 8) * 1000 + (i // 8 + 1) * (2000 + 8 * 250) + (i + 1) * 1000
                for i in range(32)]
        rates = (100_000, 250_000)
        _, points = load("--engine", "fixed:2us+250ns", "--around", "2us", "--arrivals", "bursts:32",
                         "--samples", samples(4_000_000), "--rate", ",".join(map(str, rates)))
        for rate, point in zip(rates, points):
            rho = rate / 1e9 / 32 * done[-1]
            mean = sum(done) / 32 + done[-1] * rho / 2 / (1 - rho)
            self.close(point["mean_ns"], mean, .04, (rate, "mean"))
            self.close(point["theory"]["mean"], mean, .001, (rate, "mean of its own theory"))
            for percent in (50, 99):
                low, high = 0, 40 * done[-1]
                for _ in range(25):
                    middle = (low + high) / 2
                    stay = sum(md1_waits_at_most(rho, (middle - ns) / done[-1]) for ns in done if ns < middle)
                    low, high = (middle, high) if stay < 32 * Decimal(percent) / 100 else (low, middle)
                name = f"p{percent}"
                self.close(point["percentiles"][name], high, .06, (rate, name))
                self.close(point["theory"][name], high, .01, (rate, name, "its own theory"))

    def test_nothing_is_omitted(self):
        """A loop stands still for 10 ms in each second: of 10,000 handshakes 100 wait for up to 10 ms."""
        _, (point,) = load("--engine", "stall:10ms/1s", "--around", "0us", "--arrivals", "fixed", "--rate",
                           "10000", "--slices", "1", "--samples", "500000")
        latency = point["latency"]
        pairs = zip(*[iter(point["latency_counts"])] * 2)
        times = [0] * latency["below"] + [2 ** (step / 256) for step, count in pairs for _ in range(count)]
        self.assertEqual(len(times), 500_000)
        for percent, expected in ((99.5, 5e6), (99.9, 9e6)):
            self.close(sorted(times)[int(percent / 100 * 500_000)], expected, .05, percent)

    def test_half_of_the_work_comes_before(self):
        """Of a handshake that never waits, the keys are there after --before and the derivation."""
        _, (point,) = load("--engine", "fixed:5us", "--around", "10us", "--before", "3us",
                           "--arrivals", "fixed", "--rate", "1000", "--samples", "1000")
        self.close(point["latency"]["most_ns"], 15000, 1e-6, "latency")
        self.close(point["keys"]["most_ns"], 8000, 1e-6, "keys")

    def test_hold(self):
        """Four wait for each other, and the first of fewer for 50 us at most."""
        _, points = load("--engine", "fixed:1us", "--around", "0us", "--arrivals", "fixed",
                         "--hold", "4:50us", "--rate", "100000,10000", "--samples", "1000", "--slices", "1")
        self.assertEqual(points[0]["calls"][0], 4)
        self.close(points[0]["latency"]["most_ns"], 34000, .001, "the first of four")
        self.assertEqual(points[1]["calls"][:2], [1, 1000])
        self.close(points[1]["latency"]["most_ns"], 51000, .001, "alone")


class Search(unittest.TestCase):
    def find(self, objective, *arguments, status=OK):
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "result.json")
            samples = () if "--samples" in arguments else ("--samples", "90000")
            result = run("load", "--engine", "fixed:5us", "--around", "0us", "--group", "1", *samples,
                         "--find-rate", objective, "--json", name, *arguments)
            self.assertEqual((result.returncode, result.stderr), (status, ""), result.stdout)
            with open(name, encoding="utf-8") as file:
                return result.stdout, [json.loads(line) for line in file][1:-1]

    def test_above_capacity(self):
        """Nobody can do more than what all handshakes at once take, however long an objective allows a
        queue to grow."""
        _, (_, passed, failed) = self.find("p99=1s", "--samples", "10000")
        self.assertEqual(passed["load"], 1)
        self.assertGreater(failed["load"], 1)

    def test_highest_rate(self):
        """By theory p99 is within 50 us up to a load that this test computes; the search comes to it, and
        what it says is what three slices said."""
        text, (search, passed, failed) = self.find("p99=50us,p50=1s")
        low, high = 0.1, 0.99
        for _ in range(20):
            middle = (low + high) / 2
            low, high = (middle, high) if 5 * md1(middle, 99) < 50 else (low, middle)
        self.assertLess(abs(passed["offered"] / (low * 200_000) - 1), .03)
        self.assertLessEqual(failed["offered"] / passed["offered"], 1.0101)
        self.assertEqual((search["passed"], search["failed"], passed["kind"], failed["kind"]),
                         (passed["offered"], failed["offered"], "passed", "failed"))
        self.assertLessEqual(passed["percentiles"]["p99"], 50_000 * 1.002)
        self.assertEqual(len(passed["slices"]), 3)
        self.assertIn(f"up to {passed['offered']:,.0f} handshakes per second", text)

    def test_bursts(self):
        """A slice has enough bursts for its percentile, not only handshakes."""
        _, (_, passed, _) = self.find("p99=1ms", "--arrivals", "bursts:32")
        self.assertEqual(passed["latency"]["n"], 3 * 32 * 10_000)

    def test_again(self):
        """The same search finds the same rate."""
        rates = {self.find("p99=50us")[1][0]["passed"] for _ in range(2)}
        self.assertEqual(len(rates), 1)

    def test_long_search(self):
        """A search that takes hours says so before it begins."""
        result = run("load", "--engine", "fixed:5us", "--around", "0us", "--find-rate", "p99.9999=4us")
        self.assertRegex(result.stderr, "engine fixed:5us: its search takes about [0-9]+s, some thirty "
                                        "slices of 100,000,000 handshakes\n")
        seconds = []
        for n in (1, 2):  # threads share the work, of which --around takes no time
            result = run("load", "--engine", "fixed:5us", "--around", "20us", "--threads", str(n),
                         "--find-rate", "p99.9999=24us", env=os.environ | {"LANEKDF_LOAD_CPUS": "2"})
            seconds.append(float(re.search("takes about ([0-9]+)s", result.stderr)[1]))
        self.assertAlmostEqual(seconds[0] / seconds[1], 2, delta=.1)

    def test_in_vain(self):
        """Of thirty-two that come at once one waits for the others, at any rate."""
        result = run("load", "--engine", "fixed:5us", "--around", "0us", "--group", "1", "--samples", "1000",
                     "--arrivals", "bursts:32", "--find-rate", "p50=50us")
        self.assertEqual(result.returncode, FAILED)
        self.assertRegex(result.stdout, "no rate was found; the lowest that was tried:\n *load .*\n.* 8[05]")

    def test_long_searches(self):
        """Searches that take a minute together say so, though none of them does."""
        result = run("load", "--engine", "fixed:5us,fixed:6us,fixed:7us,fixed:8us", "--around", "0us",
                     "--find-rate", "p99.9=100us")
        self.assertRegex(result.stderr, "load: the searches of all engines take about [0-9.]+s\n")

    def test_out_of_reach(self):
        """No handshake takes less than the service time, which is said."""
        text, (search,) = self.find("p99=4us", status=FAILED)
        self.assertNotIn("passed", search)
        self.assertIn("out of reach: a handshake that meets no other takes 5.00us", text)


class Files(unittest.TestCase):
    def test_percentiles_and_progress(self):
        """The file for plotters has percentiles that rise to 1, and the progress a line for each slice."""
        with tempfile.TemporaryDirectory() as folder:
            percentiles, progress = (os.path.join(folder, name) for name in ("x.hgrm", "x.jsonl"))
            result = run("load", "--engine", "fixed:5us", "--around", "0us", "--rate", "50%", "--samples",
                         "5000", "--slices", "4", "--hgrm", percentiles, "--progress", progress)
            self.assertEqual((result.returncode, result.stderr), (OK, ""))
            with open(percentiles, encoding="utf-8") as file:
                text = file.read()
            with open(progress, encoding="utf-8") as file:
                slices = [json.loads(line) for line in file]
        rows = [list(map(float, row.split())) for row in text.splitlines() if re.match(" *[0-9]", row)]
        self.assertEqual(text.split()[:4], ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"])
        self.assertEqual(rows, sorted(rows))
        self.assertEqual(rows[-1][1:], [1, 5000])
        self.assertTrue(all(abs(row[1] - row[2] / 5000) < 1e-9 for row in rows))
        self.assertIn("#[Max     = ", text)
        self.assertEqual([(s["slice"], s["of"]) for s in slices], [(i, 4) for i in range(1, 5)])

    def test_mix(self):
        """A mix of hashes and stages has the right outputs by every engine that serves it, and the others
        are named and left out."""
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            for line in ({"cipher_suite": "c02f", "ems": True, "finished": "both", "weight": 6.5},
                         {"cipher_suite": "ECDHE-RSA-AES256-GCM-SHA384", "resumed": True,
                          "ems": True, "finished": "client"},
                         {"version": "TLS1.0", "cipher_suite": "0x002f", "pms_len": 32, "weight": 0},
                         {"cipher_suite": "c02f", "exporter": 32}, {"cipher_suite": "c030", "exporter": 160},
                         {"version": "TLS1.1", "cipher_suite": "002f", "exporter": 1},
                         {"workload": "tls13-handshake", "weight": 2}, {"workload": "tls13-sha256"},
                         {"workload": "tls13-resumed"}, {"workload": "quic-initial"}):
                file.write(json.dumps(line) + "\n")
            file.flush()
            result = run("load", "--mix", file.name, "--rate", "5000", "--samples", "1000", "--slices", "1",
                         "--verify", "1", "--footprint", "hot")
        self.assertTrue(is_right(result), result)
        for engine in ["lanekdf-one", "lanekdf-group"] + ["openssl"] * ("openssl" in peers()):
            self.assertIn(f"\n{engine}, ", result.stdout)
        for line in result.stderr.splitlines():
            self.assertRegex(line, "^lanekdf: load: engine ipsec-mb.* cannot derive all of /")

    def test_mix_of_peers(self):
        """Handshakes of TLS 1.2 and every stage of TLS 1.3 and QUIC in one mix: all engines derive it, and
        a wrong bit of each is found."""
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            for line in [
                    {"cipher_suite": "c02f", "ems": True, "finished": "both", "weight": 3},
                    {"cipher_suite": "c030", "resumed": True, "finished": "client"},
                    {"cipher_suite": "c027", "pms_len": 32}, {"cipher_suite": "009d", "pms_len": 128},
                    {"cipher_suite": "cca8", "pms_len": 64}, {"cipher_suite": "c030", "exporter": 20},
                    {"cipher_suite": "c02f", "exporter": 160},
                    {"version": "TLS1.3", "cipher_suite": "1301", "exporter": 32},
                    {"version": "TLS1.3", "cipher_suite": "1302", "exporter": 49},
                    {"version": "DTLS1.3", "cipher_suite": "1301", "exporter": 160},
                    {"version": "QUICv2", "cipher_suite": "1302", "exporter": 1}] + [
                        {"workload": name} for name in (
                        "tls12-sha256-finished", "tls12-sha384", "tls13-sha256", "tls13-sha384",
                        "tls13-resumed", "tls13-x25519mlkem768", "quic-initial", "quic-initial-client",
                        "tls13-early", "tls13-handshake", "tls13-finished", "tls13-application",
                        "tls13-resumption", "tls13-traffic", "tls13-exporter")]:
                file.write(json.dumps(line) + "\n")
            file.flush()
            engines = ["lanekdf-one", "lanekdf-group", *peers()]
            _, points = load("--mix", file.name, "--rate", "5000", "--samples", "2000", "--slices", "1",
                             "--verify", "1", "--footprint", "hot", "--around", "0us")
            self.assertEqual([(point["engine"], point["wrong"]) for point in points],
                             [(engine, 0) for engine in engines])
            result = run("load", "--mix", file.name, "--rate", "5000", "--samples", "1000", "--slices", "1",
                         "--engine", ",".join("flip:" + engine for engine in engines))
            self.assertEqual(result.returncode, FAILED)
            for engine in engines:
                self.assertIn(f"wrong output: engine flip:{engine}, handshake", result.stderr)

    def test_named_mixes(self):
        """A workload of several hashes is derived by all engines that have code for all of it."""
        usual = ("--rate", "1000", "--samples", "2000", "--slices", "1", "--verify", "2", "--footprint",
                 "hot", "--around", "0us")
        engines = ["lanekdf-one", "lanekdf-group", *peers()]
        for mix, lack in (("tls13-mix", ""), ("tls13-mix-sorted", ""), ("tls12-mix", "ipsec"),
                          ("tls-all", "ipsec"), ("tls-all-sorted", "ipsec")):
            with tempfile.TemporaryDirectory() as folder:
                name = os.path.join(folder, "result.json")
                result = run("load", "--mix", mix, *usual, "--json", name)
                with open(name, encoding="utf-8") as file:
                    first, *points, _ = map(json.loads, file)
            left = [engine for engine in engines if lack and engine.startswith(lack)]
            self.assertTrue(is_right(result), result)
            self.assertEqual([(point["engine"], point["wrong"]) for point in points],
                             [(engine, 0) for engine in engines if engine not in left])
            for engine in left:
                self.assertIn(f"load: engine {engine} cannot derive all of {mix}, and is left out: it has no "
                              "code for ", result.stderr)
                (reason,) = [out["reason"] for out in first["left_out"] if out["engine"] == engine]
                self.assertIn("it has no code for ", reason)

    def test_old_versions(self):
        """SSLv3 and export suites, whose final keys are made of the key block."""
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            for version in ("SSLv3", "TLS1.0"):
                for suite in ("0003", "0006", "0008", "0014", "002f", "000a"):
                    for resumed in (False, True):
                        file.write(json.dumps({"version": version, "cipher_suite": suite,
                                               "resumed": resumed}) + "\n")
            file.flush()
            engines = ["lanekdf-one", "lanekdf-group"] + ["openssl"] * ("openssl" in peers())
            _, points = load("--mix", file.name, "--rate", "1000", "--samples", "1000", "--slices", "1",
                             "--verify", "1", "--engine", ",".join(engines))
            self.assertEqual([(point["engine"], point["wrong"]) for point in points],
                             [(engine, 0) for engine in engines])

    def test_what_peers_do_not_take(self):
        """intel-ipsec-mb has no code for a pre-master secret that its keys have to hash."""
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write('{"cipher_suite":"c02f","pms_len":65}\n')
            file.flush()
            for engine in peers():
                result = run("load", "--mix", file.name, "--rate", "5000", "--samples", "1000", "--slices",
                             "1", "--engine", engine)
                if engine == "openssl":
                    self.assertTrue(is_right(result), result)
                else:
                    self.assertEqual(result.returncode, ERROR)
                    self.assertIn("it has no code for TLS 1.2 with sha256 and a pre-master secret of 65 "
                                  "bytes", result.stderr)

    def test_wrong_mixes(self):
        for text, message in (
                ("", "no classes"), ("{", "line 1: "),
                ('{"weight":1}', 'neither "cipher_suite" nor "workload"'),
                ('{"cipher_suite":"c02f","weight":0}', "the weights of all classes have the sum 0"),
                ('{"cipher_suite":"c02f","weight":-1}', '"weight" is less than 0'),
                ('{"cipher_suite":"c02f","weight":"1"}', '"weight" is not a number'),
                ('{"cipher_suite":"ffff"}', "unknown cipher suite ffff"),
                ('{"cipher_suite":"1301"}', "TLS_AES_128_GCM_SHA256 is not for TLS 1.2"),
                ('{"cipher_suite":"c02f","version":"TLS9"}', "unknown version TLS9"),
                ('{"cipher_suite":"1301","version":"TLS1.3"}',
                 'TLS 1.3: its stages are classes by "workload", and its exporters by "exporter"'),
                ('{"cipher_suite":"1301","version":"TLS1.3","exporter":161}', "of bytes from 1 to 160"),
                ('{"cipher_suite":"1301","version":"TLS1.3","exporter":1,"ems":true}',
                 'an exporter has no "ems"'),
                ('{"cipher_suite":"c02f","version":"TLS1.3","exporter":1}', "_SHA256 is not for TLS 1.3"),
                ('{"cipher_suite":"c02f","ems":1}', '"ems" is not true or false'),
                ('{"cipher_suite":"c02f","finished":"all"}', '"finished" is not none, client'),
                ('{"cipher_suite":"c02f","pms_len":257}', '"pms_len" is a number of bytes from 1 to 256'),
                ('{"cipher_suite":"c02f","cipher":1}', 'unknown field "cipher"'),
                ('{"cipher_suite":"c02f","exporter":0}', '"exporter" is a number of bytes from 1 to 160'),
                ('{"cipher_suite":"c02f","exporter":161}', '"exporter" is a number of bytes from 1 to 160'),
                ('{"cipher_suite":"c02f","exporter":20,"ems":true}', 'an exporter has no "ems"'),
                ('{"version":"SSLv3","cipher_suite":"002f","exporter":20}', "SSLv3 has no exporters"),
                ('{"cipher_suite":"002f","version":"SSL3.0","ems":true}', 'line 1: "ems": SSLv3 has none'),
                ('{"cipher_suite":"002f","version":"SSL3.0","finished":"server"}',
                 'line 1: "finished": SSLv3 has none'),
                ('{"workload":"tls13-handshake","ems":true}', 'line 1: a class by "workload" has no "ems"'),
                ('{"cipher_suite":"c02f","weight":1e400}', 'line 1: "weight" is beyond all numbers'),
                ('{"cipher_suite":"c02f","weight":1e308}\n' * 2, "a sum beyond all numbers"),
                ('{"cipher_suite":"c02f","weight":5000}\n{"cipher_suite":"c030"}\n',
                 "so small a part of all that none of 1,024 handshakes is of it"),
                ('{"workload":"tls12-mix"}', "a mix is no class")):
            with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
                file.write(text)
                file.flush()
                result = run("load", "--mix", file.name)
                self.assertEqual((result.stdout, result.returncode), ("", ERROR), (text, result.stderr))
                self.assertIn(f"load: --mix {file.name}: ", result.stderr)
                self.assertIn(message, result.stderr)


class Results(unittest.TestCase):
    ONCE = ("load", "--engine", "fixed:1us", "--samples", "1000", "--slices", "1")

    def test_rates_that_are_alike(self):
        """A rate that is named twice is run once, so that results can be added; and two that are nearly the
        same have files of their own."""
        _, points = load(*self.ONCE[1:], "--rate", "50000,50000,50%,50%")
        self.assertEqual(len(points), 2)
        with tempfile.TemporaryDirectory() as folder:
            result = run(*self.ONCE, "--rate", "1000.1,1000.4", "--hgrm", os.path.join(folder, "f"))
            self.assertEqual((result.returncode, result.stderr), (OK, ""))
            self.assertEqual(sorted(os.listdir(folder)), ["f.fixed:1us.1000.100", "f.fixed:1us.1000.400"])
            result = run(*self.ONCE, "--rate", "1000", "--hgrm", "f" * 5000)
            self.assertEqual(result.returncode, ERROR)
            self.assertIn("File name too long", result.stderr)

    def test_results_of_one_rate(self):
        """A rate that was asked for and that a search found has two results, and as many files."""
        for rates, objectives, names in (("100%", ("--find-rate", "p99=1s"), ["1000000", "1000000.2"]),
                                         ("1000.1,1000.10001", (), ["1000.100", "1000.100.2"])):
            with tempfile.TemporaryDirectory() as folder:
                result = run(*self.ONCE, "--around", "0us", "--rate", rates, *objectives, "--hgrm",
                             os.path.join(folder, "f"))
                self.assertEqual(result.stderr, "")
                self.assertEqual(sorted(os.listdir(folder)), [f"f.fixed:1us.{name}" for name in names])

    def test_low_rates(self):
        """What is less than a handshake per second is not printed as none."""
        result = run(*self.ONCE, "--rate", "0.025,1.5,12.345,123.4,12345")
        rows = [row.split()[0] for row in result.stdout.splitlines() 
                if re.match(r" +[0-9.,]+ +[0-9.,]+ +\d+ %", row)]
        self.assertEqual(rows, ["0.025", "1.5", "12.3", "123", "12,345"], result.stdout)

    def test_legend(self):
        """The columns whose names do not tell are explained, once, behind all tables, and nowhere without."""
        legend = "\nbusy: .* keys: .* calls, jobs:\n.* ns: .*\n.*lanekdf-load\\(1\\), OUTPUT\n"
        for engines, rates in (("fixed:1us", ("--rate", "1000,2000")),
                               ("fixed:1us,fixed:2us", ("--find-rate", "p50=1ms"))):
            text = run("load", "--samples", "1000", "--slices", "1", "--engine", engines, *rates).stdout
            self.assertRegex(text, f"{legend}\\Z")
            self.assertEqual(text.count("busy: "), 1)
            named = re.findall(r"(\w+): ", text[text.index("busy: "):].replace("calls, jobs", "calls: jobs"))
            self.assertLessEqual(set(named), set(re.search(" +load +offered/s.*", text)[0].split()))
        self.assertNotIn("busy: ", run(*self.ONCE, "--around", "5us", "--find-rate", "p99=1ns").stdout)

    def test_nothing_that_counts(self):
        """A slice that ended before anything counted has no times, rather than none of them."""
        result = run("load", "--engine", "flip:lanekdf-group", "--group", "64", "--accept", "1", "--verify",
                     "1", "--samples", "1000", "--slices", "1", "--rate", "1000")
        (row,) = [row for row in result.stdout.splitlines() if re.match(r" +1,000 +0 ", row)]
        self.assertEqual(row.split()[4:], ["-"] * 10)

    def test_file_that_cannot_be_written(self):
        """It is named, and fails the run; all else that was measured is printed and written."""
        for option in ("--progress", "--json", "--hgrm"):
            with tempfile.TemporaryDirectory() as folder:
                results = os.path.join(folder, "results.jsonl")
                files = ("--json", "/dev/full") if option == "--json" else (
                    "--json", results, "--report", folder, option, "/dev/full")
                result = run(*self.ONCE, "--rate", "1000", *files)
                self.assertEqual(result.returncode, ERROR)
                self.assertEqual(result.stderr.count("/dev/full"), 1, result.stderr)
                self.assertRegex(result.stderr, f"load: {option} /dev/full: .*No space left on device\n")
                self.assertRegex(result.stdout, r"\n +1,000 +[0-9,]+ +\d+ %")
                if option != "--json":
                    with open(results, encoding="utf-8") as file:
                        self.assertEqual([json.loads(line)["type"] for line in file], ["run", "point", "end"])
                    self.assertTrue(os.path.exists(os.path.join(folder, "report.html")))

    def test_cut_short(self):
        """Results of a run that came to nothing do not say that they are whole."""
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "result.json")
            result = run(*self.ONCE, "--rate", "1000", "--progress", folder, "--json", name)
            self.assertEqual(result.returncode, ERROR)
            with open(name, encoding="utf-8") as file:
                self.assertEqual([json.loads(line)["type"] for line in file], ["run"])

    def test_objectives(self):
        """A percentile has the name that it was given."""
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "result.json")
            run(*self.ONCE, "--find-rate", "p99.9=1ms", "--json", name)
            with open(name, encoding="utf-8") as file:
                search = next(line for line in map(json.loads, file) if line["type"] == "search")
        self.assertEqual(search["objectives"], {"p99.9": 1e6})

    def test_long(self):
        """It counts wherever it stands, and once."""
        for options in (("--long", "--samples", "1000"), ("--samples", "1000", "--long", "--long")):
            first, _ = load("--engine", "fixed:1us", "--slices", "1", "--rate", "10000", *options)
            self.assertEqual(first["samples"], 10_000, options)


INPUTS = ("alg", "version", "cipher_suite", "client_random", "server_random")


class Sessions(unittest.TestCase):
    def setUp(self):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", delete=False) as file:
            self.name = file.name
        self.addCleanup(os.unlink, self.name)

    def load(self, sessions, *arguments, **more):
        with open(self.name, "w", encoding="utf-8") as file:
            file.write(lines(sessions))
        return run("load", "--sessions", self.name, "--rate", "2000", "--samples", "1000", "--slices", "1",
                   "--verify", "1", "--around", "0us", "--footprint", "hot", *arguments, **more)

    def refused(self, message, *sessions):
        result = self.load(sessions)
        self.assertEqual((result.stdout, result.returncode), ("", ERROR), result.stderr)
        self.assertIn(f"load: --sessions {self.name}: {message}", result.stderr)

    def test_right(self):
        """What was recorded is derived again, of all versions, export suites included; and a peer, or lanekdf
        with a wrong bit, is judged by it."""
        exporters = [{"label_text": label, "context": "c7" * context_len, "length": length}
                     for label, context_len, length in (("EXPORTER-x", 0, 32), ("x" * 64, 255, 256),
                                                        ("EXPORTER-y", 1, 1), ("z", 64, 97))]
        no_context = [{"label_text": "EXPORTER-x", "length": 32}, {"name": "eap-tls"}]
        made = [{"id": i, "alg": "tls-session", "version": version, "cipher_suite": suite, "ems": False,
                 "pms": PMS.hex(), "client_random": CLIENT.hex(), "server_random": SERVER.hex(), **more}
                for i, (version, suite, more) in enumerate((
                    ("0300", "0003", {}), ("0301", "0003", {}), ("0300", "002f", {}),
                    ("0303", "c02f", {"pms": "07" * 200}), ("0303", "009e", {"pms": "07" * 1024}),
                    ("0301", "0033", {"pms": "09" * 384}), ("0303", "c02f", {"key_block_len": 51}),
                    ("0303", "c02f", {"exporters": exporters}), ("0303", "c030", {"exporters": exporters}),
                    ("0302", "0035", {"exporters": exporters}), ("0303", "c02f", {"exporters": no_context})))]
        made.append(session(resumed=True) | {"exporters": exporters})
        result = self.load([*sessions(), *made], "--engine", ",".join(
            ["lanekdf-one", "lanekdf-group"] + ["openssl"] * ("openssl" in peers())))
        self.assertTrue(is_right(result) and result.stderr == "", result)
        self.assertIn("\nlanekdf-group, ", result.stdout)
        result = self.load(sessions(), "--engine", "flip:lanekdf-one")
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("wrong output: engine flip:lanekdf-one, handshake ", result.stderr)
        exporting = session() | {"exporters": no_context}
        result = self.load([exporting], "--engine", "flip:lanekdf-one")
        self.assertIn("field keying_material\n", result.stderr)
        for engine in peers():
            result = self.load([exporting], "--engine", engine)
            if engine == "openssl":
                self.assertTrue(is_right(result), result)
            else:
                self.assertEqual(result.returncode, ERROR)
                self.assertIn("has no code for a session of TLS 1.2 with sha256 that has exporters",
                              result.stderr)

    def test_stages(self):
        """Recorded sessions of TLS 1.3 and DTLS 1.3 are derived stage by stage, beside those of TLS 1.2, by
        all engines; with a PSK, with one alone, without, and as far as their messages go."""
        recorded = [vector for vector in tls13_sessions() if "psk" in vector or "shared_secret" in vector]
        self.assertGreater(len([vector for vector in recorded if "psk" in vector]), 1)
        self.assertEqual(max(len(vector.get("shared_secret", "")) // 2 for vector in recorded), 256)
        cut = {k: v for k, v in recorded[0].items()
               if k in ("alg", "version", "cipher_suite", "shared_secret", "handshake")}
        cut["handshake"] = cut["handshake"][:2]
        mixed = [*recorded, cut, session(), session(cipher_suite="c030", hash="sha384")]
        result = self.load(mixed, "--engine", ",".join(["lanekdf-one", "lanekdf-group", *peers()]))
        self.assertTrue(is_right(result) and result.stderr == "", result)
        result = self.load(mixed, "--engine", "flip:lanekdf-one")
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("field handshake_traffic_secret", result.stderr)

    def derived(self, line, *fields):
        """The line with those of its answers that load has to derive, too."""
        result = run("derive", stdin=lines([line]))
        self.assertEqual(result.returncode, OK, result.stdout)
        return line | {field: json.loads(result.stdout)[field] for field in fields}

    def changed(self, line, **changes):
        """The line with other inputs, and the Finished that these give."""
        line = line | changes
        if line.get("protocol") == "dtls":  # whose ServerHello has another version
            line["handshake"] = [message.replace("002b00020304", "002b0002fefc")
                                 for message in line["handshake"]]
        places = [i for i, message in enumerate(line["handshake"]) if message.startswith("14")]
        for place, field in zip(places, ("server_finished", "client_finished")):
            message = self.derived(line, field)[field]
            line["handshake"] = [*line["handshake"][:place], message, *line["handshake"][place + 1:]]
        return line

    def updated(self, line, **numbers):
        """The line with the secrets behind so many key updates: client=(1, 3) are its first and third."""
        line = self.derived(line, "secrets")
        for side, updates in numbers.items():
            name = f"{side.upper()}_TRAFFIC_SECRET_"
            for n in updates:
                update = {"alg": "tls13-key-update", "updates": n, "secret": line["secrets"][name + "0"],
                          **{k: line[k] for k in ("protocol", "version", "cipher_suite") if k in line}}
                line["secrets"][f"{name}{n}"] = self.derived(update, "next_secret")["next_secret"]
        return line

    def test_what_only_recorded_sessions_have(self):
        """Tickets, key updates, exporters, early data, and secrets of any length: of each protocol, by all
        engines, in several threads, and as many as there is room for."""
        with_secret = next(v for v in tls13_sessions()
                           if "shared_secret" in v and "psk" not in v and v["version"] == "0304")
        inputs = {k: v for k, v in with_secret.items()
                  if k in ("alg", "cipher_suite", "shared_secret", "handshake", "client_finished_msgs")}
        with_psk = next(v for v in tls13_sessions() if "CLIENT_EARLY_TRAFFIC_SECRET" in v.get("secrets", {}))
        of_psk = {k: v for k, v in with_psk.items() if k in (*inputs, "psk")}
        labels = ("EXPORTER-Channel-Binding", "x" * 64, "EXPORTER_EAP_TLS_Key_Material", "y")
        full = inputs | {"tickets": [{"nonce": f"{i:02x}" * (8 * i)} for i in range(1, 9)], "exporters": [
            {"label_text": label, "context": "c7" * context_len, "length": length}
            for label, context_len, length in zip(labels, (0, 1, 200, 255), (32, 33, 256, 97))]}
        made = [self.derived(self.changed(full, protocol=protocol), "tickets", "exporters")
                for protocol in ("tls", "dtls", "quic", "quicv2")]
        made += [self.updated(self.changed(inputs, protocol=protocol), client=(1, 2, 5, 13), server=(8,))
                 for protocol in ("tls", "dtls", "quic", "quicv2")]
        made += [self.updated(inputs, client=range(1, 9)), self.changed(inputs, shared_secret="07" * 1024),
                 self.changed(inputs, shared_secret="09"), of_psk, self.changed(of_psk, psk="05" * 255),
                 self.changed(of_psk, psk="06", psk_kind="external", binder_hash="11" * 32),
                 full | {"tickets": [{"nonce": ""}]}]
        for engines in (",".join(["lanekdf-one", "lanekdf-group", *peers()]), "lanekdf-group"):
            result = self.load(made, "--engine", engines, *("--threads", "2") * (engines == "lanekdf-group"),
                               env=os.environ | {"LANEKDF_LOAD_CPUS": "2"})
            self.assertTrue(is_right(result) and result.stderr == "", result)

        def without(line, *fields):
            return {k: v for k, v in line.items() if k not in fields}
        for field, line in (("psk", full), ("keying_material", without(full, "tickets")),
                            ("next_secret", self.updated(inputs, server=(1,))),
                            ("client_early_traffic_secret", without(with_psk, "tickets"))):
            result = self.load([line], "--engine", "flip:lanekdf-one")
            self.assertEqual(result.returncode, FAILED)
            self.assertIn(f"field {field}\n", result.stderr)

    def test_mistakes(self):
        one = session()
        self.refused("no sessions")
        self.refused("line 2: another answer than is derived from its inputs", one,
                     one | {"key_block": "0" * len(one["key_block"])})
        self.refused("line 1: alg hash is no session", hash_line())
        with_secret = next(v for v in tls13_sessions()
                           if "shared_secret" in v and "psk" not in v and v["version"] == "0304")
        inputs = {k: v for k, v in with_secret.items()
                  if k in ("alg", "version", "cipher_suite", "shared_secret", "handshake",
                           "client_finished_msgs")}
        client_hello, server_hello, *_ = inputs["handshake"]
        end = 78 + 2 * int(server_hello[76:78], 16)  # of its session id; its cipher suite follows
        aegis = {"cipher_suite": "1306",
                 "client_finished_msgs": None,
                 "handshake": [client_hello, server_hello[:end] + "1306" + server_hello[end + 4:]]}
        for message, changes in (
                ("a shared secret of more than 1,024 bytes", {"shared_secret": "07" * 1025}),
                ("more than 8 tickets, or", {"tickets": [{"nonce": "00"}] * 9}),
                ("more than 8 tickets, or a nonce of more than 64 bytes",
                 {"tickets": [{"nonce": "00" * 65}]}),
                ("more than 4 exporters", {"exporters": [{"name": "tls-exporter"}] * 5}),
                ("more than 4 exporters", {"exporters": [{"label_text": "x" * 65, "length": 1}]}),
                ("more than 4 exporters", {"exporters": [{"label": "6100", "length": 1}]}),
                ("more than 4 exporters", {"exporters": [{"label": "61", "length": 257}]}),
                ("more than 4 exporters",
                 {"exporters": [{"label": "61", "length": 1, "context": "00" * 256}]}),
                ("handshake messages up to ServerHello are missing",
                 {"handshake": [], "client_finished_msgs": None}),
                ("a key that is not of 1 to 32 bytes, an IV that is not of 12, or a hash of more than 48",
                 aegis),
                ("its secrets are given",
                 {"shared_secret": None, "handshake": [], "client_finished_msgs": None,
                  "secrets": {"CLIENT_TRAFFIC_SECRET_0": "00" * 32}})):
            line = {k: v for k, v in (inputs | changes).items() if v is not None}
            self.refused("line 1: " + message, self.changed(line))
        with_psk = next(v for v in tls13_sessions() if "psk" in v)
        self.refused("line 1: a PSK of more than 255 bytes",
                     self.changed({k: v for k, v in with_psk.items() if k in inputs}, psk="00" * 256))
        for updates in ({"client": (9,)}, {"client": range(1, 6), "server": range(1, 5)}):
            self.refused("line 1: more than 8 secrets behind key updates, or more than 8 updates from one to "
                         "the next", self.updated(inputs, **updates))
        self.refused("line 1: version is missing", {"alg": "tls-session"})
        self.refused("line 1: more than 4 exporters", one | {"exporters": [{"name": "tls-exporter"}] * 5})
        self.refused("line 1: a pre-master secret of 1025 bytes",
                     {k: v for k, v in one.items() if k in INPUTS} | {"pms": "07" * 1025, "ems": False})
        self.refused("line 10001: at most 10000 sessions", *[one] * 10001)
        result = run("load", "--sessions", self.name, "--mix", "tls12-mix")
        self.assertIn("--mix and --sessions: one of them", result.stderr)


class Arrivals(unittest.TestCase):
    def gaps(self, pattern, rate="100000"):
        _, (point,) = load("--engine", "null", "--around", "0us", "--arrivals", pattern, "--rate", rate,
                           "--samples", "100000", "--slices", "1")
        return point

    def test_rates(self):
        """Whatever the pattern, as many arrive as were asked for, and a run begun again has the same."""
        for pattern in ("poisson", "fixed", "bursts:32", "on-off:1ms,3ms"):
            point = self.gaps(pattern)
            self.assertLess(abs(point["rate"] / 100_000 - 1), .03, pattern)
            self.assertEqual(point["rate"], self.gaps(pattern)["rate"], pattern)

    def test_bursts(self):
        """All of a burst are there at once: calls are full."""
        self.assertGreater(self.gaps("bursts:32")["per_call"], 7.9)

    def test_one_iteration(self):
        """Handshakes of an hour that are all served at its end are no rate of a moment."""
        _, (point,) = load("--engine", "fixed:1us", "--around", "0us", "--per-loop", "10000s", "--rate", "1",
                           "--samples", "1000", "--slices", "1")
        self.assertLess(abs(point["rate"] - 1), .2)

    def test_columns(self):
        """A number that is wider than its column does not run into the one before."""
        result = run("load", "--engine", "fixed:2000ms", "--rate", "1e17%", "--samples", "1000", "--slices",
                     "1")
        (row,) = [row.split() for row in result.stdout.splitlines() if row.startswith("1e+17 %")]
        self.assertRegex(row[2], r"^499(,\d{3}){4}$", result.stdout)
        self.assertEqual((len(row), row[-1]), (16, "2,000,000,000"), result.stdout)

    def test_no_time(self):
        """Calls that take no time make no queue, and there is no theory of one."""
        for pattern in ("poisson", "bursts:32"):
            self.assertNotIn("theory", self.gaps(pattern), pattern)

    def test_more_than_the_chain_has(self):
        """Of iterations with a million handshakes no theory is given rather than a wrong one."""
        _, (point,) = load("--engine", "fixed:1us", "--per-loop", "20s", "--rate", "50000", "--samples",
                           "1000", "--slices", "1")
        self.assertNotIn("theory", point)

    def test_trace(self):
        """It is played at its own rate, at another one, and again from the start."""
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            for i in range(1001):
                file.write(f"{1_700_000_000 + i // 1000}.{i % 1000 * 1000:06d}000\n" if i < 1000 else
                           "1700000001.000000000\n")
            file.flush()
            for more, arguments, rate in (("", (), 1000), ("*2", (), 2000), ("", ("--rate", "3000"), 3000)):
                _, (point,) = load("--engine", "null", "--around", "0us", "--samples", "5000",
                                   "--slices", "1", "--arrivals", f"trace:{file.name}{more}", *arguments)
                self.assertLess(abs(point["rate"] / rate - 1), .02)

    def trace(self, distances):
        """The name of a trace with these distances, in microseconds."""
        with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as file:
            time = 1_700_000_000_000_000
            for distance in [0, *distances]:
                time += distance
                file.write(f"{time // 1_000_000}.{time % 1_000_000:06d}\n")
        self.addCleanup(os.unlink, file.name)
        return f"trace:{file.name}"

    def test_slices(self):
        """The arrivals go on from slice to slice, of a sweep and of a search: all of a trace counts, to the
        last of them, and a pause comes that is further away than a slice is long."""
        usual = ("--engine", "fixed:5us", "--around", "0us", "--group", "1")
        slow_then_fast = self.trace([1000] * 500 + [100] * 500 + [10] * 500)
        whole_ns = 1501 / 1500 * (500_000 + 50_000 + 5_000) * 1000
        for n_slices in (1, 2, 10):
            _, (point,) = load(*usual, "--arrivals", slow_then_fast, "--samples", "1501", "--slices",
                               str(n_slices))
            counted_ns = whole_ns * point["latency"]["n"] / 1501
            self.assertAlmostEqual(point["scheduled_ns"] / counted_ns, 1, delta=.02, msg=str(n_slices))
        for n_slices in (1, 10):
            _, (point,) = load(*usual, "--arrivals", "on-off:100ms,900ms", "--rate", "20000", "--slices",
                               str(n_slices))
            self.assertAlmostEqual(point["rate"] / 20_000, 1, delta=.02, msg=str(n_slices))
        _, (*_, passed, _) = load(*usual, "--find-rate", "p99=20us", "--samples", "1500", "--arrivals",
                                  self.trace([1000] * 20_000 + [100] * 20_000))
        rates = [times[0] for times in passed["slices"]]
        self.assertGreater(max(rates), 5 * min(rates), rates)

    def test_threads(self):
        """Threads take turns with the arrivals of a trace: of two at a moment each has one."""
        environment = os.environ | {"LANEKDF_LOAD_CPUS": "2"}
        for n_threads in (1, 2):
            with tempfile.TemporaryDirectory() as folder:
                name = os.path.join(folder, "result.json")
                result = run("load", "--engine", "fixed:1us", "--around", "0us", "--threads", str(n_threads),
                             "--arrivals", self.trace([0, 1000] * 500 + [0]), "--samples", "2002", "--slices",
                             "2", "--json", name, env=environment)
                self.assertEqual((result.returncode, result.stderr), (OK, ""))
                with open(name, encoding="utf-8") as file:
                    _, point, _ = map(json.loads, file)
            self.assertAlmostEqual(point["per_call"], 2 / n_threads, delta=.01)
            self.assertAlmostEqual(point["rate"] / point["offered"], 1, delta=.01)


class Verification(unittest.TestCase):
    def test_wrong_bits(self):
        """A bit that is wrong in some outputs is found while the run goes on, for each engine and field."""
        engines = ["lanekdf-one", "lanekdf-group", *peers()]
        for mix, field in (("tls12-sha256", "master"), ("tls13-handshake", "handshake_traffic_secret")):
            result = run("load", "--engine", ",".join("flip:" + name for name in engines), "--mix", mix,
                         "--rate", "50%", "--samples", "1000", "--slices", "1", "--verify", "16")
            self.assertEqual(result.returncode, FAILED, mix)
            for engine in engines:
                self.assertRegex(result.stderr, rf"engine flip:{re.escape(engine)}, handshake \d+ of the "
                                                rf"pool, field {field}\n")

    def test_right(self):
        """Every workload has the right outputs, and as many are compared as was asked for."""
        for mix in ("tls12-mix", "tls-all", "tls13-mix", "tls13-resumed", "quic-initial"):
            _, (point,) = load("--engine", "lanekdf-group", "--mix", mix, "--rate", "20%",
                               "--samples", "2000", "--slices", "1", "--verify", "1", "--around", "0us",
                               "--footprint", "hot")
            self.assertGreaterEqual(point["verified"], 2000, mix)
            self.assertEqual(point["wrong"], 0, mix)

    def test_first_output(self):
        """An output that is wrong before anything counts ends a slice and not the run, and no rate is found
        with it."""
        result = run("load", "--engine", "flip:lanekdf-group", "--group", "64", "--accept", "1", "--verify",
                     "1", "--samples", "2000", "--slices", "1")
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("wrong output: engine flip:lanekdf-group", result.stderr)
        result = run("load", "--engine", "flip:lanekdf-one", "--verify", "1", "--find-rate", "p99=1ms",
                     "--samples", "1000")
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("no rate was found", result.stdout)

    def test_slice_that_is_taken_again(self):
        """A wrong output that is met once, in a slice that passes when it is taken again, stays in the
        results: in those of the run, in the sum of several, and on the page."""
        with tempfile.TemporaryDirectory() as folder:
            name, page = os.path.join(folder, "result.json"), os.path.join(folder, "report.html")
            result = run("load", "--engine", "flip-once:lanekdf-one", "--verify", "1", "--find-rate",
                         "p99=1s", "--samples", "1000", "--json", name, "--report", folder)
            self.assertEqual(result.returncode, FAILED)
            self.assertEqual(result.stderr.count("wrong output: "), 1, result.stderr)
            with open(name, encoding="utf-8") as file:
                _, search, passed, *_, end = map(json.loads, file)
            with open(page, encoding="utf-8") as file:
                self.assertIn("Wrong outputs: 1.", file.read())
            self.assertEqual((search["wrong"], passed["wrong"], end["wrong"]), (1, 0, 0))
            self.assertGreater(search["verified"], passed["verified"])
            self.assertGreater(end["verified"], 0)
            noted = f"wrong outputs in all slices of the search: 1 of {search['verified']} that were compared"
            self.assertIn(noted, result.stdout)
            merged = run("load", "merge", "--report", folder, name)
            self.assertEqual(merged.returncode, FAILED)
            self.assertIn(noted, merged.stdout)
            with open(os.path.join(folder, "results.jsonl"), encoding="utf-8") as file:
                self.assertEqual(next(line["wrong"] for line in map(json.loads, file)
                                      if line["type"] == "search"), 1)

    def test_wrong_in_the_end(self):
        """What nobody compared while the run went on is found behind it, and is in the results as well."""
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "result.json")
            result = run("load", "--engine", "flip:lanekdf-one", "--verify", "0", "--rate", "1000",
                         "--samples", "1000", "--slices", "1", "--json", name)
            self.assertEqual(result.returncode, FAILED)
            with open(name, encoding="utf-8") as file:
                _, point, end = map(json.loads, file)
            self.assertEqual((point["wrong"], end["wrong"], end["verified"]), (0, 4, 256))
            merged = run("load", "merge", name)
            self.assertEqual(merged.returncode, FAILED)
            self.assertIn("wrong outputs in the end, of all engines: 4 of 256 that were compared",
                          merged.stdout)


class WorkClock(unittest.TestCase):
    def test_long_items(self):
        """In a mix of short and long items the long ones are no interruptions: to take each of them again
        makes a run many times as long, and its times are those of calls that were interrupted."""
        _, (point,) = load("--engine", "lanekdf-one", "--mix", "tls-all", "--rate", "50%",
                           "--samples", "2000", "--slices", "1", "--footprint", "hot", "--around", "0us")
        self.assertLess(point["retaken"], 1000)


class RealClock(unittest.TestCase):
    def test_threads(self):
        """Two threads do what one is asked for, each its half. How long that takes is not judged, since other
        processes may have the CPUs."""
        n = min(2, len(os.sched_getaffinity(0)))
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "result.json")
            result = run("load", "--clock", "real", "--threads", str(n), "--engine", "null,lanekdf-group",
                         "--around", "0us", "--footprint", "hot", "--rate", "20000", "--samples", "2000",
                         "--slices", "2", "--verify", "4", "--wait", "sleep", "--json", name)
            self.assertIn((result.returncode, result.stderr), ((OK, ""), (FAILED, "")))
            with open(name, encoding="utf-8") as file:
                first, *points, _ = map(json.loads, file)
        self.assertEqual((first["clock"], first["wait"], first["threads"]), ("real", "sleep", n))
        for point in points:
            self.assertEqual((point["latency"]["n"], point["keys"]["n"], point["wrong"]), (2000, 2000, 0))
            self.assertEqual(point["slices_of_threads"], 2 * n)
            self.assertEqual(point["verified"] > 0, point["engine"] != "null")
            calls = list(zip(*[iter(point["calls"])] * 3))
            self.assertAlmostEqual(sum(size * n_calls for size, n_calls, _ in calls), 2000, delta=8 * 2 * n)
        self.assertIn("real clock; the loop itself takes", result.stdout)


    def test_large_calls(self):
        """To poison the outputs of 256 handshakes takes longer than a gap, and so does counting them; neither
        is one. A machine that others have as well does not interrupt nine of ten such short calls in each of
        ten runs."""
        def share_of_gaps():
            with tempfile.TemporaryDirectory() as folder:
                name = os.path.join(folder, "result.json")
                run("load", "--clock", "real", "--engine", "lanekdf-group", "--mix", "tls13-finished",
                    "--group", "256", "--arrivals", "bursts:256", "--rate", "2000000", "--around", "0us",
                    "--footprint", "hot", "--samples", "500000", "--slices", "1", "--verify", "0",
                    "--json", name)
                with open(name, encoding="utf-8") as file:
                    _, point, _ = map(json.loads, file)
                return point["gaps"] / sum(point["calls"][1::3])
        self.assertTrue(any(share_of_gaps() < .9 for _ in range(10)))


class Together(unittest.TestCase):
    def test_start_at(self):
        """Nothing begins before the time that several machines agreed on; who comes too late says so."""
        for seconds in (1.5, 6, 24):  # a busy machine takes longer for its preparations
            start = time.time() + seconds
            try:
                first, (point,) = load("--engine", "fixed:5us", "--rate", "50000", "--samples", "1000",
                                       "--start-at", f"{start:.3f}", "--kernel", "sha256_scalar")
                break
            except AssertionError as late:
                if seconds == 24 or "behind that time" not in str(late):
                    raise
        self.assertGreaterEqual(point["begin"], start - .001)
        self.assertEqual(first["kernel"], "sha256_scalar")
        result = run("load", "--engine", "fixed:5us", "--rate", "50000", "--samples", "1000", "--start-at",
                     f"{time.time():.3f}")
        self.assertRegex(result.stderr, "the preparations ended .* behind that time|this time has passed")


class Mistakes(unittest.TestCase):
    def test_values(self):
        with tempfile.TemporaryDirectory() as folder:
            empty, unsorted, words, rare, blank = (os.path.join(folder, name) for name in (
                "empty", "unsorted", "words", "rare", "blank"))
            for name, text in ((empty, ""), (unsorted, "2.5\n1.5\n"), (words, "1.5\nnoon\n"),
                               (rare, "0\n100000\n"), (blank, "\n" * 100001)):
                with open(name, "w", encoding="utf-8") as file:
                    file.write(text)
            for arguments, message in (
                    (("--rate", "0"), "--rate 0: not a number of handshakes per second above 0"),
                    (("--sessions", "one", "--sessions", "two"), "--sessions is there twice"),
                    (("--rate", "-5"), "--rate -5: not"),
                    (("--rate", "nan"), "--rate nan: not"),
                    (("--rate", "0%"), "--rate 0%: not"),
                    (("--rate", "1e-300"), "--rate 1e-300: less than one handshake in 1,000 seconds"),
                    (("--engine", "fixed:5us", "--rate", "1e-300%"), "--rate 1e-300%: of what engine fixed:"),
                    (("--arrivals", f"trace:{rare}"), "trace: less than one handshake in 1,000 seconds"),
                    (("--arrivals", f"trace:{unsorted}*1e-300"), "line 2 is earlier"),
                    (("--arrivals", f"trace:{rare}*1e-300"), "trace: less than one handshake in 1,000"),
                    (("--find-rate", "p99.9999999999=1ms"), "a slice that shows this percentile has 1e+14"),
                    (("--rate", "1000,"), "--rate : not"),
                    (("--rate", "10k"), "--rate 10k: not"),
                    (("--around", "10"), "--around 10: not a time with its unit"),
                    (("--around", "-1us"), "--around -1us: not a time"),
                    (("--around", "nanus"), "--around nanus: not a time"),
                    (("--before", "20us"), "--before is a part of --around, and longer"),
                    (("--hold", "1:5us"), "--hold 1:5us: not"),
                    (("--hold", "8"), "--hold 8: not"),
                    (("--hold", "8:5us", "--accept", "4"), "--hold waits for more handshakes than --accept"),
                    (("--group", "0"), "--group 0: not a whole number from 1 to 256"),
                    (("--footprint", "l3"), "--footprint l3: not hot, l1 or l2"),
                    (("--clock", "wall"), "--clock wall: not work or real"),
                    (("--wait", "spin"), "--wait spin: not poll or sleep"),
                    (("--threads", "99999"), "--threads 99999: this process has"),
                    (("--threads", "0"), "--threads 0: not a whole number"),
                    (("--mix", "tls12-mux"), "--mix tls12-mux: no such workload"),
                    (("--find-rate", "p99"), "--find-rate p99: not a percentile"),
                    (("--find-rate", "p100=1ms"), "--find-rate p100=1ms: not"),
                    (("--find-rate", "p0=1ms"), "--find-rate p0=1ms: not"),
                    (("--find-rate", "p99=0us"), "--find-rate p99=0us: not"),
                    (("--find-rate", "p99=5"), "--find-rate p99=5: not"),
                    (("--find-rate", "99=5us"), "--find-rate 99=5us: not"),
                    (("--find-rate", "p99=1ms,p99.0=2ms"),
                     "--find-rate p99.0=2ms: this percentile has an objective already"),
                    (("--mix", blank), "line 100001: one line too many"),
                    (("--sessions", blank), "line 100001: one line too many"),
                    (("--engine", "opensl"), "unknown engine opensl: did you mean openssl?"),
                    (("--engine", "fixed:5"), "unknown engine fixed:5 ("),
                    (("--engine", "stall:5ms"), "unknown engine stall:5ms"),
                    (("--engine", ""), "unknown engine  ("),
                    (("--engine", "null", "--around", "0us"), "engine null takes no time"),
                    (("--arrivals", "uniform"), "--arrivals uniform: not poisson"),
                    (("--arrivals", "bursts:0"), "--arrivals bursts:0: not a number"),
                    (("--arrivals", "on-off:0ms,1ms"), "--arrivals on-off:0ms,1ms: not two times"),
                    (("--arrivals", f"trace:{empty}"), "no arrivals"),
                    (("--arrivals", "trace:"), "--arrivals trace:: the name of a file is missing"),
                    (("--arrivals", "trace:*2"), "--arrivals trace:*2: the name of a file is missing"),
                    (("--arrivals", f"trace:{unsorted}"), "line 2 is earlier than the line before"),
                    (("--arrivals", f"trace:{words}"), "line 2 is not a time"),
                    (("--arrivals", f"trace:{words}*0"), "the speed of a trace is a number above 0"),
                    (("--arrivals", "trace:/nowhere"), "/nowhere"),
                    (("--samples", "10"), "--samples 10: not a whole number from 1000"),
                    (("--clock", "real", "--around", "1ns"), "touching the caches takes"),
                    (("--start-at", "noon"), "--start-at noon: not a time in seconds since 1970"),
                    (("--start-at", "1000000000"), "--start-at 1000000000: this time has passed"),
                    (("--start-at", f"{time.time() * 1000:.0f}"), "more than a day ahead"),
                    (("--kernel", "sha256_abacus"), '--kernel: kernel "sha256_abacus" is unknown'),
                    (("--json", os.path.join(folder, "none", "x")), "--json"),
                    (("--engine", "ipsec-mb", "--mix", "tls-all"), "engine ipsec-mb"),
                    (("-xyz",), "load: unknown option -x ("),
                    (("--ratte", "5"), "unknown option --ratte: did you mean --rate?"),
                    (("--rate",), "--rate needs a value"),
                    (("file",), "takes no arguments, got file")):
                result = run("load", *arguments)
                self.assertEqual((result.stdout, result.returncode), ("", ERROR), (arguments, result.stderr))
                self.assertTrue(result.stderr.startswith("lanekdf: "), result.stderr)
                self.assertIn(message, result.stderr)

    def test_files_that_are_one(self):
        """What is read is not overwritten, and no file is written twice, whatever its names are."""
        with tempfile.TemporaryDirectory() as folder:
            read, link, new, dd = (os.path.join(folder, name) for name in ("read", "link", "new", "dd"))
            os.mkdir(dd)
            os.symlink(read, link)
            for text, options in (
                    ("1.5\n2.5\n", (("--arrivals", f"trace:{read}*2"), ("--hgrm", read))),
                    ("1.5\n2.5\n", (("--arrivals", f"trace:{read}"), ("--progress", link))),
                    (lines([session()]), (("--sessions", read), ("--json", link))),
                    ('{"cipher_suite":"c02f"}\n', (("--mix", read), ("--json", read))),
                    ("", (("--json", new), ("--hgrm", new))), ("", (("--json", read), ("--progress", link))),
                    ("", (("--report", dd), ("--hgrm", os.path.join(dd, "results.jsonl")))),
                    ("", (("--report", dd), ("--json", os.path.join(dd, "report.html"))))):
                with open(read, "w", encoding="utf-8") as file:
                    file.write(text)
                result = run("load", "--engine", "fixed:5us", "--samples", "1000", "--slices", "1",
                             *options[0], *options[1])
                self.assertEqual((result.stdout, result.returncode), ("", ERROR), (options, result.stderr))
                self.assertIn("is the same file as --", result.stderr)
                with open(read, encoding="utf-8") as file:
                    self.assertEqual(file.read(), text)
                self.assertFalse(os.path.exists(new))
            result = run("load", "--engine", "fixed:5us", "--samples", "1000", "--slices", "1", "--rate",
                         "50%", "--json", "/dev/null", "--hgrm", "/dev/null")
            self.assertEqual((result.returncode, result.stderr), (OK, ""))

    def test_names_of_results(self):
        """Several results have files of their own names, which none that is read may have, by a link or
        not."""
        with tempfile.TemporaryDirectory() as folder:
            trace, link, other = (os.path.join(folder, name) for name in (
                "x.fixed:5us.1000", "y.fixed:5us.1000", "other"))
            for name in (trace, other):
                with open(name, "w", encoding="utf-8") as file:
                    file.write("1.5\n2.5\n")
            os.symlink(other, link)
            for hgrm, read, status in (("x", trace, ERROR), ("y", other, ERROR), ("x", other, OK),
                                       ("x.fixed:5us", trace, OK)):
                result = run("load", "--engine", "fixed:5us", "--samples", "1000", "--slices", "1", "--rate",
                             "1000,2000", "--arrivals", f"trace:{read}", "--hgrm", os.path.join(folder, hgrm))
                self.assertEqual(result.returncode, status, result.stderr)
                if status == ERROR:
                    self.assertIn(f"--arrivals {read} is called like one of them", result.stderr)
                with open(read, encoding="utf-8") as file:
                    self.assertEqual(file.read(), "1.5\n2.5\n")
                if hgrm == "x" and status == OK:
                    os.rename(trace, trace + ".hgrm")
                    with open(trace, "w", encoding="utf-8") as file:
                        file.write("1.5\n2.5\n")

    def test_old_results_stay(self):
        """What is refused, and be it only when the rates are known, leaves an older file as it is."""
        with tempfile.NamedTemporaryFile("w+", encoding="utf-8") as file:
            file.write("old\n")
            file.flush()
            result = run("load", "--engine", "null", "--around", "0us", "--rate", "50%", "--json", file.name,
                         "--progress", os.devnull)
            self.assertEqual(result.returncode, ERROR, result.stderr)
            file.seek(0)
            self.assertEqual(file.read(), "old\n")

    def test_overload(self):
        """A rate beyond what the engine does is not reached, which is said."""
        result = run("load", "--engine", "fixed:5us", "--around", "0us", "--rate", "400000",
                     "--samples", "50000")
        self.assertEqual((result.returncode, result.stderr), (FAILED, ""))
        self.assertIn("the offered rate was not reached", result.stdout)


if __name__ == "__main__":
    unittest.main()
