#!/usr/bin/env python3
"""Checks that a results.json holds every benchmark that should be there.

Usage: smoke_check.py RESULTS.JSON

lanekdf_bench itself checked that all outputs are equal, before it measured.
"""
import json
import sys

BATCHES = (1, 2, 4, 8, 16, 64, 256, 1024)
FEW_BATCHES = (1, 8, 64)
LARGE_BATCH = 10000
TASKS = (1, 2, 3, 4, 8)
# The workloads whose handshakes are all alike, and how the names of their kernels begin.
UNIFORM = {"tls12-sha256": "sha256_", "tls12-sha256-extended": "sha256_",
           "tls12-sha256-finished": "sha256_", "tls12-sha256-resumed": "sha256_",
           "tls12-sha384": "sha512_"}
MAIN, MIX, ALL = "tls12-sha256", "tls12-mix", ("tls-all", "tls-all-sorted")
# The same of connections, of their stages, and of mixes of stages.
CONNECTIONS = {"tls13-sha256": "sha256_", "tls13-sha384": "sha512_", "tls13-x25519mlkem768": "sha256_",
               "tls13-resumed": "sha256_", "quic-initial": "sha256_", "quic-initial-client": "sha256_"}
STAGES = ("tls13-early", "tls13-handshake", "tls13-finished", "tls13-application", "tls13-resumption",
          "tls13-traffic", "tls13-exporter")
OPENSSL_USES = ("openssl-parameters", "openssl-libssl")
STAGE_MIXES = ("tls13-mix", "tls13-mix-sorted")
OPENERS = ("lanekdf", "openssl", "openssl-parameters", "libcrypto-composed")
WITHOUT_FLOOR = "quic-open/"  # nothing is known of the floor of a cipher


def expected_names(context):
    kernels, one_lane = context["kernels"].split(), context["one_lane_kernels"].split()

    def forced(family, among):
        return [f"lanekdf-{kernel}" for kernel in among if kernel.startswith(family)]

    aws_lc = [] if context["aws_lc"].startswith("missing") else ["aws-lc"]
    any_shape = ["lanekdf", "openssl", "reference"] + aws_lc
    one_shape = [name for name in ("ipsec-mb", "ipsec-mb-named") for name in (name, name + "+libcrypto")
                 if not context[name.partition("+")[0].replace("-", "_")].startswith("missing")]
    for workload, family in UNIFORM.items():
        yield from (f"handshake/{workload}/{impl}/batch:{batch}" for batch in BATCHES
                    for impl in any_shape + one_shape + forced(family, kernels))
        yield from (f"handshake/{workload}-cold/{impl}/batch:1"
                    for impl in ["lanekdf", "openssl"] + aws_lc + forced(family, one_lane))
    schedules = ["lanekdf", "openssl", "libcrypto-composed", "reference"] + one_shape
    for workload, family in CONNECTIONS.items():
        yield from (f"handshake/{workload}/{impl}/batch:{batch}" for batch in BATCHES
                    for impl in schedules + forced(family, kernels))
        yield from (f"handshake/{workload}/{impl}/batch:1" for impl in OPENSSL_USES)
        yield from (f"handshake/{workload}-cold/{impl}/batch:1"
                    for impl in ["lanekdf", "openssl"] + forced(family, one_lane))
    for stage in STAGES:
        yield from (f"stage/{stage}/{impl}/batch:{batch}" for batch in FEW_BATCHES for impl in schedules)
        yield from (f"stage/{stage}/{impl}/batch:1" for impl in OPENSSL_USES)
    yield from (f"handshake/{workload}/lanekdf/batch:{batch}"
                for workload in STAGE_MIXES for batch in BATCHES)
    yield from (f"quic-open/{impl}/batch:{batch}" for impl in OPENERS for batch in FEW_BATCHES)
    yield from (f"handshake/{MIX}/{impl}/batch:{batch}" for batch in BATCHES
                for impl in any_shape + forced(UNIFORM[MAIN], kernels))
    yield from (f"handshake/{workload}/lanekdf/batch:{LARGE_BATCH}" for workload in (MAIN, MIX, *ALL))
    yield from (f"handshake/{MAIN}/lanekdf/batch:256/threads:{threads}"
                for threads in context["thread_counts"].split())
    yield from (f"prf/{impl}/out:48/batch:1"
                for impl in ["lanekdf", "openssl", "openssl-as-libssl", "reference"] + aws_lc)
    yield from (f"prf-cold/{impl}/out:48/batch:1" for impl in ["lanekdf", "openssl"] + aws_lc)
    yield from (f"{workload}/lanekdf/out:32/batch:{batch}"
                for workload in ("exporter", "exporter-prepared") for batch in FEW_BATCHES)
    yield from (f"kernel/{kernel}/tasks:{tasks}" for kernel in kernels for tasks in TASKS)
    yield from (f"step/{kernel}" for kernel in kernels)


def has_floor(context):
    """Whether enough is known of this core: a floor is then known of every benchmark."""
    return any(key.startswith("ceiling/") and value != "unknown" for key, value in context.items())


def measured_names(document):
    rate_keys = ("items_per_second", "ns_per_compression")
    for entry in document["benchmarks"]:
        name = entry["run_name"]
        if not all(entry.get(key, 0) > 0 for key in rate_keys):
            continue
        if (has_floor(document["context"]) and not entry.get("percent_of_floor")
                and not name.startswith(WITHOUT_FLOOR)):
            print(f"no percentage of the floor: {name}")
            continue
        yield name


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    measured = set(measured_names(document))
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
