#!/usr/bin/env python3
"""Has prometheus_metrics read some keys, asks it for its figures as Prometheus does, and reads them by the letter of the format.

    run_prometheus_metrics.py EXAMPLE_SERVER PROGRAM"""

import http.client
import math
import re
import signal
import socket
import subprocess
import sys

from example_server import ExampleServer, check

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)')
SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?([eE][+-]?\d+)?|Inf)|NaN")


def parse_labels(text):
    labels, at = {}, 0
    while at < len(text):
        found = LABEL.match(text, at)
        check(found, f"labels: {text}")
        name, content, _ = found.groups()
        check(name not in labels, f"a label twice: {text}")
        labels[name] = re.sub(r"\\(.)", lambda each: {"n": "\n"}.get(each[1], each[1]), content)
        at = found.end()
    return labels


def parse(text):
    """Families by name: their type and samples, which are (name, labels, number)."""
    check(text.endswith("\n"), "the last line has an end")
    families, current, seen = {}, None, set()
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            name, help_text = line[7:].split(" ", 1)
            check(NAME.fullmatch(name) and help_text, line)
            check(name not in families, f"{name} comes twice")
            families[name] = current = {"name": name, "type": None, "samples": []}
            continue
        if line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            check(current and name == current["name"] and current["type"] is None and not current["samples"], line)
            check(kind in ("counter", "gauge", "histogram"), line)
            current["type"] = kind
            continue
        found = SAMPLE.fullmatch(line)
        check(found, f"no sample: {line!r}")
        name, labels, number = found.groups()
        check(NUMBER.fullmatch(number), line)
        labels = parse_labels(labels or "")
        suffixes = ("_bucket", "_sum", "_count") if current["type"] == "histogram" else ("",)
        check(name in [current["name"] + each for each in suffixes], f"{name} stands under {current['name']}")
        key = (name, tuple(sorted(labels.items())))
        check(key not in seen, f"a series twice: {line}")
        seen.add(key)
        current["samples"].append((name, labels, float(number)))
    for name, each in families.items():
        check(each["type"], f"{name} has no type")
        check((each["type"] == "counter") == name.endswith("_total"), f"a counter, and only a counter, ends with _total: {name}")
        if each["type"] == "histogram":
            check_histogram(name, each["samples"])
    return families


def check_histogram(name, samples):
    hosts = {}
    for sample, labels, number in samples:
        rest = tuple(sorted((key, text) for key, text in labels.items() if key != "le"))
        host = hosts.setdefault(rest, {"buckets": []})
        if sample == name + "_bucket":
            host["buckets"].append((float(labels["le"].replace("+Inf", "inf")), number))
        else:
            check("le" not in labels, sample)
            host[sample] = number
    for host in hosts.values():
        bounds, counts = zip(*host["buckets"])
        check(list(bounds) == sorted(set(bounds)) and bounds[-1] == math.inf, f"bounds rise to +Inf: {bounds}")
        check(list(counts) == sorted(counts), f"buckets are cumulative: {counts}")
        check(counts[-1] == host[name + "_count"], "+Inf has them all")
        # Each took as long as its bucket says, in seconds, as the sum must be.
        singles = [after - before for before, after in zip((0, *counts), counts)]
        least = sum(count * bound for count, bound in zip(singles, (0, *bounds)))
        most = sum(count * bound for count, bound in zip(singles, bounds) if count)
        check(least <= host[name + "_sum"] <= most, f"{least} <= {host[name + '_sum']} <= {most}")


def ask(where, method, path):
    connection = http.client.HTTPConnection(where, timeout=60)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer, answer.read().decode()


def total(name, **wanted):
    found = [number for sample, labels, number in families[name]["samples"] if all(labels.get(key) == text for key, text in wanted.items())]
    check(found, f"no {name} of {wanted}")
    return sum(found)


server, program = sys.argv[1:]
with ExampleServer(server) as cluster:
    keys = ["Ada", "Grace", "overloaded-1", "overloaded-2", "silent-1", "Edsger"]
    with subprocess.Popen([program, cluster.where, *keys], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            where = re.fullmatch(r"serving http://(.*)/metrics\n", running.stdout.readline())[1]
            host, port = where.split(":")
            with socket.create_connection((host, int(port))) as idle:  # who says nothing is sent away
                check(ask(where, "GET", "/")[0].status == 404 and ask(where, "POST", "/metrics")[0].status == 405, "nothing else is there")
                done = 0
                while done < 7:  # six reads, and a PREPARE
                    answer, text = ask(where, "GET", "/metrics")
                    kind = answer.getheader("Content-Type")
                    check(answer.status == 200 and kind == "text/plain; version=0.0.4; charset=utf-8", "its kind")
                    families = parse(text)
                    check(done <= total("cql_requests_total"), "counters only grow")
                    done = total("cql_requests_total")
                running.send_signal(signal.SIGTERM)
                said = running.communicate(timeout=60)[1]
                check(idle.recv(1) == b"", "and holds up nothing")
        finally:
            running.kill()
print(text + said)
check(running.returncode == 0, "SIGTERM is a good end")
check(said.count("\n") == 3 and said.count("Overloaded") == 2, f"failures are told: {said}")

check(done == 7, "and no more")
check(total("cql_attempt_failures_total", kind="overloaded") == 2, "two of them overloaded")
check(total("cql_attempt_failures_total", kind="timed_out") == 1, "one of them timed out")
check(total("cql_attempt_failures_total") == 3, "no other failures")
check(len(families["cql_attempt_failures_total"]["samples"]) == 3 * 10, "each kind of each node")
check(total("cql_connections") == 6, "a connection to each shard")
check(total("cql_attempts_unanswered_total") == 1, "one without an answer")
counts = [number for sample, _, number in families["cql_attempt_duration_seconds"]["samples"] if sample.endswith("_count")]
check(len(counts) == 3 and sum(counts) == 6, "six attempts with an answer, at three nodes")
ids = {labels["host_id"] for _, labels, _ in families["cql_connections"]["samples"]}
check(len(ids) == 3 and all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", each) for each in ids), f"nodes are told apart by their ids: {ids}")
racks = {labels["rack"] for _, labels, _ in families["cql_connections"]["samples"]}
check(racks == {f'rack "{node}" \\ left' for node in (1, 2, 3)}, f"names of racks arrive as they are: {racks}")
