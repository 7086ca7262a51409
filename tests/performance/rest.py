#!/usr/bin/env python3
"""What a connection keeps while nobody uses it: an application with many nodes and shards has thousands of them.

    rest.py NODE LOAD [CERTIFICATES]

To the canned node, by what the kernel says is resident; plain, or over TLS where a folder with the node's certificate
is given. Fails when each keeps more than 8 KiB, over TLS 61."""

import json
import subprocess
import sys

from counting import canned_node

CONNECTIONS = 500  # a program may have 1,024 descriptors, where nobody has said otherwise
ALLOWED, ALLOWED_OVER_TLS = 8.0, 61.0  # KiB


def main(node, load, certificates=None):
    words = [f"ca={certificates}/ca.pem"] if certificates else []
    allowed = ALLOWED_OVER_TLS if certificates else ALLOWED
    with canned_node(node, certificates) as port:
        ran = subprocess.run([load, "idle", "127.0.0.1", port, str(CONNECTIONS), "0", *words], capture_output=True,
                             text=True, timeout=300, check=True)
    found = json.loads(ran.stdout)
    print(f"{found['kib_each']} KiB for each of {found['connections']} connections at rest; allowed: {allowed}")
    return 0 if found["connections"] == CONNECTIONS and 0 < found["kib_each"] <= allowed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
