#!/bin/sh
# The Python drivers' token map names one node twice among the replicas of a token, and leaves another one out.
#
# cassandra-driver 3.30.1 and scylla-driver 3.29.12 (PyPI), without a server. A ring of four nodes in two racks, of
# which one has three neighbouring tokens, as nodes with virtual nodes have:
#
#     token  0  node 1 (rack 1)
#     tokens 1, 2, 3  node 2 (rack 1)
#     token  4  node 3 (rack 2)
#     token  5  node 4 (rack 2)
#
# With NetworkTopologyStrategy and four replicas every node has every row. For token 0 both drivers give
# nodes 1, 3, 2, 2: while they pass over a rack that they have already, they keep its node once for each of its
# tokens, and fill up with it. Servers store such a row once on each of the four. A token-aware policy never asks
# node 4 for it, and counts node 2 twice.
#
# cocqlsh's SHOW REPLICAS works out the same ring and has this one among its tests.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM # dash leaves out the EXIT trap otherwise
for package in cassandra-driver==3.30.1 scylla-driver==3.29.12; do
    python3 -m venv "$folder/$package"
    "$folder/$package/bin/pip" install --quiet --disable-pip-version-check "$package"
    seen=$("$folder/$package/bin/python" - <<'PYTHON'
import uuid

from cassandra.metadata import Murmur3Token, NetworkTopologyStrategy
from cassandra.policies import SimpleConvictionPolicy
from cassandra.pool import Host


def node(number, rack):
    made = Host(f"127.0.0.{number}", SimpleConvictionPolicy, host_id=uuid.uuid4())
    made.set_location_info("one", rack)
    return made


nodes = [node(1, "rack 1"), node(2, "rack 1"), node(3, "rack 2"), node(4, "rack 2")]
owners = {Murmur3Token(token): nodes[owner] for token, owner in enumerate([0, 1, 1, 1, 2, 3])}
strategy = NetworkTopologyStrategy({"one": "4"})
replicas = strategy.make_token_replica_map(owners, sorted(owners))[Murmur3Token(0)]
print(*(each.address.rsplit(".", 1)[1] for each in replicas))
PYTHON
    )
    echo "$package: the replicas of token 0 are nodes $seen"
    [ "$seen" = "1 3 2 2" ] || { echo "that has changed: it was 1 3 2 2" >&2; exit 1; }
done
