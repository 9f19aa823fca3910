#!/usr/bin/env python3
"""Checks that a results.json holds every benchmark that there has to be.

Usage: smoke_check.py RESULTS.JSON

That outputs are equal was checked by lanekdf_bench itself, before it measured.
"""
import json
import sys

BATCHES = (1, 2, 4, 8, 16, 64, 256, 1024)
TASKS = (1, 2, 3, 4, 8)
WORKLOADS = ("tls12-sha256", "tls12-sha256-finished", "tls12-sha256-resumed")


def expected_names(context):
    kernels = context["kernels"].split()
    impls = ["lanekdf", "openssl", "reference"] + [f"lanekdf-{kernel}" for kernel in kernels]
    if not context["ipsec_mb"].startswith("missing"):
        impls += ["ipsec-mb", "ipsec-mb+libcrypto"]
    yield from (f"handshake/{workload}/{impl}/batch:{batch}"
                for workload in WORKLOADS for impl in impls for batch in BATCHES)
    yield from (f"prf/{impl}/out:48/batch:1" for impl in ("lanekdf", "openssl", "openssl-as-libssl", "reference"))
    yield from (f"kernel/{kernel}/tasks:{tasks}" for kernel in kernels for tasks in TASKS)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    rate_keys = ("items_per_second", "ns_per_compression")
    measured = {entry["run_name"] for entry in document["benchmarks"]
                if any(entry.get(key, 0) > 0 for key in rate_keys)}
    expected = set(expected_names(document["context"]))
    for name in sorted(expected - measured):
        print(f"missing: {name}")
    for name in sorted(measured - expected):
        print(f"unknown: {name}")
    if measured != expected:
        raise SystemExit(1)
    print(f"benchmark: {len(expected)} of {len(expected)} present, outputs equal")


if __name__ == "__main__":
    main()
