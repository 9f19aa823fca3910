#!/usr/bin/env python3
"""lanekdf bench: what can be asked for, and what a short run prints. No figure is judged, since a machine may
be busy: only that there are figures, and that those which follow from each other do."""
import json
import re
import unittest

import skips
from command_support import ERROR, OK, run

SHORT = ("--seconds", "0.1")
WIDTH = 80  # columns


def number(text):
    return float(text.lstrip("~").replace(",", ""))


class List(unittest.TestCase):
    def setUp(self):
        result = run("bench", "--list", "--json")
        self.assertEqual((result.stderr, result.returncode), ("", OK))
        self.list = json.loads(result.stdout)

    def test_libraries(self):
        """Each has a version, or a reason why it is missing, and only the former have implementations."""
        libraries = {library.pop("name"): library for library in self.list["libraries"]}
        self.assertEqual(set(libraries), {"openssl", "ipsec-mb", "ipsec-mb-named", "aws-lc"})
        for name, library in libraries.items():
            self.assertIn(set(library), ({"version"}, {"missing"}), name)
            self.assertTrue(all(library.values()), name)
        served = {i["library"] for i in self.list["implementations"] if "library" in i}
        self.assertEqual(served, {name for name, library in libraries.items() if "version" in library})

    def test_text(self):
        """It has the same names, on 80 columns."""
        text = run("bench", "--list").stdout
        for kind in ("libraries", "implementations", "workloads"):
            for row in self.list[kind]:
                self.assertRegex(text, r"(?m)^  " + re.escape(row["name"]) + r"( |$)")
        self.assertLessEqual(max(map(len, text.splitlines())), WIDTH)

    def test_kernels(self):
        """lanekdf is there once by itself and once for each kernel that this CPU can run."""
        kernels = [k["name"] for k in json.loads(run("info", "--json").stdout)["kernels"]
                   if k["state"] == "usable"]
        self.assertEqual([i["name"] for i in self.list["implementations"] if i["name"].startswith("lanekdf")],
                         ["lanekdf", *("lanekdf-" + kernel for kernel in kernels)])


class Mistakes(unittest.TestCase):
    def test_values(self):
        for arguments, message in (
                (("--seconds", "0"), "--seconds 0: not a number of seconds"),
                (("--seconds", "-1"), "--seconds -1: not"),
                (("--seconds", "nan"), "--seconds nan: not"),
                (("--seconds", "1s"), "--seconds 1s: not"),
                (("--seconds", ""), "--seconds : not"),
                (("--seconds", "1e9"), "--seconds 1e9: not"),
                (("--batch", "0"), "--batch 0: not a number of handshakes from 1 to 10000"),
                (("--batch", "10001"), "--batch 10001: not"),
                (("--batch", "-1"), "--batch -1: not"),
                (("--batch", " 1"), "--batch  1: not"),
                (("--batch", "1,x"), "--batch x: not"),
                (("--batch", "1,"), "--batch : not"),
                (("--batch", "99999999999999999999999"), "--batch (a word of 23 digits): not"),
                (("--workload", "nonsense"), "unknown workload nonsense (lanekdf bench --list"),
                (("--workload", "tls12-sha256,tls12-mux"), "tls12-mux: did you mean tls12-mix?"),
                (("--workload", ""), "unknown workload  ("),
                (("--implementation", "opensl"), "unknown implementation opensl: did you mean openssl?"),
                (("--implementation", "lanekdf-sha256_none"), "unknown implementation lanekdf-sha256_none"),
                (("--implementation", "lanekdf-sha512_scalar", "--workload", "tls12-sha256"),
                 "none of these implementations derives any of these workloads"),
                (("--kernel", "none"), "none"),
                (("file",), "takes no arguments"),
                (("--secrets",), "--secrets is an option of")):
            result = run("bench", *arguments)
            self.assertEqual((result.stdout, result.returncode), ("", ERROR), arguments)
            self.assertTrue(result.stderr.startswith("lanekdf: "), result.stderr)
            self.assertIn(message, result.stderr)


class Json(unittest.TestCase):
    def measure(self, *arguments):
        result = run("bench", "--json", *SHORT, *arguments)
        self.assertEqual((result.stderr, result.returncode), ("", OK), arguments)
        self.assertEqual(result.stdout.count("\n"), 1)
        return json.loads(result.stdout)

    def check_item(self, item):
        self.assertGreaterEqual(item["slices"], 3)
        self.assertLessEqual(item["undisturbed_slices"], item["slices"])
        self.assertGreaterEqual(item["spread"], 0)

    def check(self, document):
        for name in ("lanekdf", "cpu", "system", "compiler"):
            self.assertTrue(document[name], name)
        self.assertGreater(document["seconds"], 0)
        items = document["results"] + document.get("costs", [])
        self.assertEqual(document["slices"], sum(item["slices"] for item in items))
        self.assertEqual(document["disturbed_slices"],
                         sum(item["slices"] - item["undisturbed_slices"] for item in items))
        for result in document["results"]:
            self.check_item(result)
            self.assertAlmostEqual(result["per_second"] * result["ns"] / 1e9, 1, places=2)
            if "percent_of_floor" in result:
                self.assertGreater(result["percent_of_floor"], 0)
        for cost in document.get("costs", []):
            self.check_item(cost)
            self.assertGreater(cost["microseconds"], 0)

    def rows(self, document):
        return [(row["workload"], row["implementation"], row["batch"]) for row in document["results"]]

    def test_usual(self):
        """The usual run has four workloads, two sizes of a call, all peers, the kernels, and the costs."""
        document = self.measure()
        self.check(document)
        workloads = ["tls12-sha256", "tls12-sha384", "tls13-sha256", "quic-initial"]
        self.assertEqual([workload["name"] for workload in document["workloads"]], workloads)
        versions = {library["name"] for library in document["libraries"] if "version" in library}
        peers = ["openssl", "ipsec-mb", "ipsec-mb+libcrypto"] if "ipsec-mb" in versions else \
                ["openssl"] if "openssl" in versions else []
        rows = self.rows(document)
        for workload in workloads:
            for batch in (1, 256):
                for name in ("lanekdf", *peers):
                    self.assertIn((workload, name, batch), rows)
            kernels = [name for w, name, batch in rows
                       if w == workload and name.startswith("lanekdf-") and batch == 1]
            family = {"tls12-sha256": "lanekdf-sha256_", "tls12-sha384": "lanekdf-sha512_"}.get(workload)
            self.assertEqual(family is None, not kernels, workload)
            self.assertTrue(all(name.startswith(family) for name in kernels), kernels)
        self.assertNotIn("reference", {name for _, name, _ in rows})
        costs = {cost["name"] for cost in document["costs"]}
        self.assertLessEqual({"derivation-lanekdf", "derivation-lanekdf-256"}, costs)
        self.assertEqual("openssl" in versions, costs >= {
            "ecdhe-p256", "ecdhe-x25519", "ecdsa-p256-sign", "ecdsa-p256-verify", "rsa-2048-sign",
            "rsa-2048-verify", "derivation-openssl"})

    def test_chosen(self):
        """Options may be given again, have commas, and repeat a name; what serves nothing is left out."""
        document = self.measure("--workload", "tls12-mix,tls13-finished", "--workload", "tls12-mix",
                                "--implementation", "lanekdf,reference", "--implementation",
                                "lanekdf-sha512_scalar", "--batch", "3", "--batch", "5,3")
        self.check(document)
        self.assertNotIn("costs", document)
        self.assertEqual(self.rows(document), [
            (workload, name, batch) for workload in ("tls12-mix", "tls13-finished")
            for name in ("lanekdf", "reference") for batch in (3, 5)])

    def test_every_workload(self):
        """Each can be measured, with outputs that are right."""
        listed = [w["name"] for w in json.loads(run("bench", "--list", "--json").stdout)["workloads"]]
        document = self.measure("--workload", "all", "--implementation", "lanekdf", "--batch", "1,64")
        self.check(document)
        self.assertEqual(self.rows(document), [
            (workload, "lanekdf", batch) for workload in listed for batch in (1, 64)])

    def test_largest_calls(self):
        document = self.measure("--workload", "tls12-sha256", "--implementation", "lanekdf",
                                "--batch", "10000")
        self.assertEqual(self.rows(document), [("tls12-sha256", "lanekdf", 10000)])

    def test_kernel(self):
        """A forced kernel keeps out the others of its hash."""
        document = self.measure("--kernel", "sha256_scalar", "--workload", "tls12-sha256")
        self.assertEqual({name for _, name, _ in self.rows(document) if name.startswith("lanekdf")},
                         {"lanekdf", "lanekdf-sha256_scalar"})


class Text(unittest.TestCase):
    def table(self, *arguments):
        result = run("bench", *SHORT, *arguments)
        self.assertEqual((result.stderr, result.returncode), ("", OK))
        self.assertLessEqual(max(map(len, result.stdout.splitlines())), WIDTH, result.stdout)
        return result.stdout

    def test_usual(self):
        text = self.table()
        for words in ("one at a time", "256 in a call", "lanekdf kept to a kernel", "sha256_scalar",
                      "What a full handshake of TLS 1.2 costs", "quic-initial",
                      "\ncomposed: libcrypto-composed,", "ipsec-mb: the faster of its rows"):
            self.assertIn(words, text)

    def test_figures(self):
        """How many times as fast lanekdf is follows from the rates, and the summary has the same rates."""
        text = self.table("--workload", "tls12-sha256-finished", "--implementation",
                          "lanekdf,reference,lanekdf-sha256_scalar", "--batch", "1,64,256")
        self.assertNotIn("What a full handshake", text)
        floor = r"(?: +\d+ %)?"
        for size, columns in (("1", 2), ("256", 1)):
            own = re.findall(r"(?m)^  lanekdf  .*$", text)[0 if size == "1" else 1]
            rates = [number(rate) for rate in re.findall(r"[\d,~]+(?= |$)(?! %)", own)]
            self.assertEqual(len(rates), columns, own)
            for name in ("  reference", "    sha256_scalar"):
                row = re.findall(rf"(?m)^{name}  .*$", text)[0 if size == "1" else 1]
                blocks = re.findall(rf" ([\d,~]+) +([\d.]+)x{floor}", row)
                self.assertEqual(len(blocks), columns, row)
                for rate, (peer, times) in zip(rates, blocks):
                    self.assertAlmostEqual(float(times), rate / number(peer), delta=0.006)
        summary = re.findall(
            rf"(?m)^(?:tls12-sha256-finished)? +(one at a time|\d+ in a call) +([\d,]+){floor}$", text)
        self.assertEqual([size for size, _ in summary], ["one at a time", "64 in a call", "256 in a call"])
        self.assertEqual([number(rate) for _, rate in summary][:2],
                         [number(rate) for rate in re.findall(
                             r"[\d,~]+(?= |$)(?! %)", re.findall(r"(?m)^  lanekdf  .*$", text)[0])])

    def test_rates_of_a_server(self):
        """No server makes more handshakes than its key exchange, its signature and the derivation allow."""
        text = self.table("--batch", "1")
        us = {name: number(cost) for name, cost in re.findall(r"(?m)^  (\S.*?) {3,}([\d.,]+)$", text)}
        if not any(name.startswith("ECDHE") for name in us):
            self.skipTest("built without OpenSSL")
        exchange = us["ECDHE with P-256: a key pair and the shared secret"]
        for line, derivation in (
                ("derived by OpenSSL", "derivation of keys and both Finished by OpenSSL"),
                ("derived by lanekdf, one at a time",
                 "derivation of keys and both Finished by lanekdf, one at a time")):
            ecdsa, rsa = re.search(rf"(?m)^  {line} +([\d,]+) +([\d,]+)$", text).groups()
            for rate, name in ((ecdsa, "ECDSA with P-256: a signature"),
                               (rsa, "RSA with 2,048 bits: a signature")):
                self.assertAlmostEqual(number(rate) / (1e6 / (exchange + us[name] + us[derivation])), 1,
                                       delta=0.01)


if __name__ == "__main__":
    skips.main()
