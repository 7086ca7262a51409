#!/usr/bin/env python3
"""What a connection keeps while nobody uses it: an application with many nodes and shards has thousands of them.

    rest.py NODE LOAD

Plain ones to the canned node, by what the kernel says is resident. Fails when each keeps more than 8 KiB."""

import json
import subprocess
import sys

CONNECTIONS = 500  # a program may have 1,024 descriptors, where nobody has said otherwise
ALLOWED = 8.0  # KiB


def main(node, load):
    with subprocess.Popen([node, "127.0.0.1", "0"], stdout=subprocess.PIPE, text=True) as serving:
        try:
            ready, _, port = serving.stdout.readline().strip().partition(" ")
            if ready != "ready":
                sys.exit("the node did not start")
            ran = subprocess.run([load, "idle", "127.0.0.1", port, str(CONNECTIONS), "0"], capture_output=True, text=True,
                                 timeout=300, check=True)
        finally:
            serving.terminate()
    found = json.loads(ran.stdout)
    print(f"{found['kib_each']} KiB for each of {found['connections']} connections at rest; allowed: {ALLOWED}")
    return 0 if found["connections"] == CONNECTIONS and 0 < found["kib_each"] <= ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
