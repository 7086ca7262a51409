#!/usr/bin/env python3
"""The cluster of canned answers that tools/bench/run measures sessions on: a session finds its way there, and the nodes see who does not.

    cluster.py NODE SESSION_LOAD LOAD GATHER CERTIFICATES

Three nodes with two shards each, on which each key has one right place. Of a session every request is to come to it, and each shard is
to be asked; of a bare connection, which leads to one shard, about five of six are to be counted as some other's.

On four shards each, over TLS, sessions connect one after another. Each is to have one connection to each shard and one that reads the
cluster, none of an earlier session's, and to show a certificate's worth of handshake to each node once: the others resume."""

import json
import pathlib
import subprocess
import sys

NODES, SHARDS, IN_FLIGHT, REQUESTS = 3, 2, 64, 12_000
WARM_UP = 2_000 + IN_FLIGHT
SHARDS_TO_CONNECT, SESSIONS = 4, 5


def came_of(node, client, shards=SHARDS):
    """What the nodes say that they were asked. `client`: a command, by the nodes' ports."""
    with subprocess.Popen([*node, f"nodes={NODES}", f"shards={shards}"], stdout=subprocess.PIPE, text=True) as serving:
        try:
            ready, *ports = serving.stdout.readline().split()
            if ready != "ready":
                sys.exit("the nodes did not start")
            ran = subprocess.run(client(*ports), capture_output=True, text=True, timeout=250)
        finally:
            serving.terminate()
        said = serving.stdout.read()
    if ran.returncode != 0:
        sys.exit(f"{client('PORT', 'PORT')[0]} failed: {ran.stderr[-500:]}")
    return json.loads(said.strip().split("\n")[-1])


def points(load):
    return lambda port, *_: [load, "point", "127.0.0.1", port, str(IN_FLIGHT), str(REQUESTS)]


def connecting(node, gather, certificates):
    """What is wrong with sessions that connect."""
    all_of_them = NODES * SHARDS_TO_CONNECT + 1
    over_tls = [*node, "0", certificates / "node.pem", certificates / "node.key"]
    came = came_of(over_tls, lambda _, port: [gather, "127.0.0.1", port, str(all_of_them), str(SESSIONS), f"ca={certificates / 'ca.pem'}"],
                   SHARDS_TO_CONNECT)
    print(f"connecting: {came['gathered']}")
    expected = {"accepted": all_of_them, "full": NODES, "resumed": all_of_them - NODES}
    return [] if came["gathered"] == [expected] * SESSIONS else [f"{SESSIONS} sessions were each to take {expected}"]


def main(node, session_load, load, gather, certificates):
    node = [node, "127.0.0.1", "0"]
    faults = connecting(node, gather, pathlib.Path(certificates))
    routed = came_of(node, points(session_load))
    print(f"a session: {routed}")
    if routed["requests"] != REQUESTS + WARM_UP:
        faults.append(f"{REQUESTS + WARM_UP} requests were to come")
    if routed["of_other_nodes"] or routed["of_other_shards"]:
        faults.append("a session sends requests astray")
    if min(routed["by_shard"]) == 0 or len(routed["by_shard"]) != NODES * SHARDS:
        faults.append("a shard was never asked")
    if routed["connections"] != NODES * SHARDS + 1:
        faults.append("a session has one connection to each shard and one that reads the cluster")
    bare = came_of(node, points(load))
    print(f"a bare connection: {bare}")
    for what, part in (("of_other_nodes", (NODES - 1) / NODES), ("of_other_shards", 1 / NODES * (SHARDS - 1) / SHARDS)):
        if abs(bare[what] / bare["requests"] - part) > 0.05:
            faults.append(f"of a bare connection's requests {part:.0%} are {what}")
    for each in faults:
        print(f"WRONG: {each}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
