#!/usr/bin/env python3
"""The guard of the fast path: instructions per request through the public API, by callgrind, and that a request
allocates nothing.

    instructions.py NODE LOAD RECORDED

A prepared read of one row, 64 in flight, one plain connection to the canned node. Fails when the figure is more than
5 % above the recorded one, which belongs to this compiler and build; write a lower one down when it has become lower."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ALLOWED = 1.05


def collected(load, port, requests):
    with tempfile.NamedTemporaryFile() as out:
        ran = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", load, "point", "127.0.0.1",
                              str(port), "64", str(requests), "latency=no"], capture_output=True, text=True, timeout=1800)
    found = re.search(r"Collected : (\d+)", ran.stderr)
    if ran.returncode != 0 or not found:
        sys.exit(f"the load failed: {ran.stderr[-500:]}")
    return int(found.group(1))


def allocations(load, port, concurrency):
    """Per request, with what its beginning takes: five for each of the workers."""
    ran = subprocess.run([load, "point", "127.0.0.1", str(port), str(concurrency), "100000"], capture_output=True,
                         text=True, timeout=1800, check=True)
    return json.loads(ran.stdout)["allocations"]


def main(node, load, recorded_in):
    if shutil.which("valgrind") is None:
        print("skipped: valgrind is not installed")
        return 77
    recorded = int(pathlib.Path(recorded_in).read_text().split()[0])
    with subprocess.Popen([node, "127.0.0.1", "0"], stdout=subprocess.PIPE, text=True) as serving:
        try:
            ready, _, port = serving.stdout.readline().strip().partition(" ")
            if ready != "ready":
                sys.exit("the node did not start")
            few, many = 5_000, 15_000
            figure = (collected(load, port, many) - collected(load, port, few)) / (many - few)
            taken = {concurrency: allocations(load, port, concurrency) for concurrency in (1, 64)}
        finally:
            serving.terminate()
    print(f"{figure:.0f} instructions per request; recorded: {recorded}")
    print("allocations per request: " + ", ".join(f"{count} with {of} in flight" for of, count in taken.items()))
    if max(taken.values()) > 0.01:
        print("a request allocates, or every turn of the loop does")
        return 1
    if figure > recorded * ALLOWED:
        print(f"that is {100 * (figure / recorded - 1):.1f} % more; see where with tools/bench and callgrind_annotate")
        return 1
    if figure < recorded * 0.95:
        print(f"it has become faster: write {figure:.0f} into {recorded_in}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
