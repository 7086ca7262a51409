#!/usr/bin/env python3
"""The guard of the fast path: instructions per request through the public API, by callgrind, and that a request
allocates nothing.

    instructions.py NODE LOAD RECORDED [CERTIFICATES]

A prepared read of one row, 64 in flight, one connection to the canned node; plain, or over TLS where a folder with
the node's certificate is given, OpenSSL's own instructions included. Fails when the figure is more than 5 % above the
recorded one, which belongs to this compiler and build; write a lower one down when it has become lower."""

import json
import subprocess
import sys

from counting import NO_VALGRIND, canned_node, has_valgrind, per_request, recorded, verdict


def allocations(load, port, concurrency, words):
    """Per request, with what its beginning takes: five for each of the workers."""
    ran = subprocess.run([load, "point", "127.0.0.1", port, str(concurrency), "100000", *words], capture_output=True,
                         text=True, timeout=1800, check=True)
    return json.loads(ran.stdout)["allocations"]


def main(node, load, recorded_in, certificates=None):
    if not has_valgrind():
        print(NO_VALGRIND)
        return 77
    words = [f"ca={certificates}/ca.pem"] if certificates else []
    with canned_node(node, certificates) as port:
        figure = per_request([load, "point", "127.0.0.1", port, "64"], ["latency=no", *words], few=5_000, many=15_000)
        taken = {concurrency: allocations(load, port, concurrency, words) for concurrency in (1, 64)}
    print(f"{figure:.0f} instructions per request{' over TLS' if certificates else ''}; recorded: {recorded(recorded_in)}")
    print("allocations per request: " + ", ".join(f"{count} with {of} in flight" for of, count in taken.items()))
    if max(taken.values()) > 0.01:
        print("a request allocates, or every turn of the loop does")
        return 1
    return verdict(figure, recorded_in)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
