#!/usr/bin/env python3
"""The cluster of canned answers that tools/bench/run measures sessions on: a session finds its way there, and the nodes see who does not.

    cluster.py NODE SESSION_LOAD LOAD

Three nodes with two shards each, on which each key has one right place. Of a session every request is to come to it, and each shard is
to be asked; of a bare connection, which leads to one shard, about five of six are to be counted as some other's."""

import json
import subprocess
import sys

NODES, SHARDS, IN_FLIGHT, REQUESTS = 3, 2, 64, 12_000
WARM_UP = 2_000 + IN_FLIGHT


def came_of(node, load):
    """What the nodes say that they were asked."""
    with subprocess.Popen([node, "127.0.0.1", "0", f"nodes={NODES}", f"shards={SHARDS}"], stdout=subprocess.PIPE, text=True) as serving:
        try:
            ready, _, port = serving.stdout.readline().strip().partition(" ")
            if ready != "ready":
                sys.exit("the nodes did not start")
            ran = subprocess.run([load, "point", "127.0.0.1", port, str(IN_FLIGHT), str(REQUESTS)], capture_output=True, text=True, timeout=250)
        finally:
            serving.terminate()
        said = serving.stdout.read()
    if ran.returncode != 0:
        sys.exit(f"the load failed: {ran.stderr[-500:]}")
    return json.loads(said.strip().split("\n")[-1])


def main(node, session_load, load):
    faults = []
    routed = came_of(node, session_load)
    print(f"a session: {routed}")
    if routed["requests"] != REQUESTS + WARM_UP:
        faults.append(f"{REQUESTS + WARM_UP} requests were to come")
    if routed["of_other_nodes"] or routed["of_other_shards"]:
        faults.append("a session sends requests astray")
    if min(routed["by_shard"]) == 0 or len(routed["by_shard"]) != NODES * SHARDS:
        faults.append("a shard was never asked")
    if routed["connections"] != NODES * SHARDS + 1:
        faults.append("a session has one connection to each shard and one that reads the cluster")
    bare = came_of(node, load)
    print(f"a bare connection: {bare}")
    for what, part in (("of_other_nodes", (NODES - 1) / NODES), ("of_other_shards", 1 / NODES * (SHARDS - 1) / SHARDS)):
        if abs(bare[what] / bare["requests"] - part) > 0.05:
            faults.append(f"of a bare connection's requests {part:.0%} are {what}")
    for each in faults:
        print(f"WRONG: {each}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
