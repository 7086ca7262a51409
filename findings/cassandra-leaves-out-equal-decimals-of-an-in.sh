#!/bin/sh
# Cassandra keeps a row each for the partition keys 1, 1.0 and 1.00, and WHERE key IN (1, 1.0, 1.00) finds only one.
#
# Apache Cassandra 5.0.6 (Maven Central, started by tools/cluster), asked by cassandra-driver 3.30.1 (PyPI).
#
# A decimal is stored as its digits and its scale. What places a partition is these bytes, so that 1, 1.0 and 1.00 are
# three partitions (and 10e-1 is the one of 1.0). What orders and compares values is the number, so that
#   - as clustering keys the three are one row, which keeps the digits written first and the other columns written last;
#   - the values of an IN, literal or bound, are a set by number: of 1, 1.0 and 1.00 the first is looked up and the
#     other two are dropped without a word, although a row of each is there. DELETE ... IN removes one of the three.
# Who fetches partitions "all at once" by IN gets fewer rows than by asking for each key.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
cluster() { "$here/tools/cluster/cluster" "$@" --name finding --directory "$folder/cluster"; }
trap 'cluster down >"$folder/log" 2>&1 || cat "$folder/log" >&2; rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM # dash leaves out the EXIT trap otherwise
cluster up --backend cassandra >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
eval "$(cluster env)"
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check cassandra-driver==3.30.1
seen=$("$folder/python/bin/python" - <<'PYTHON'
import os
from decimal import Decimal

from cassandra.cluster import Cluster

cluster = Cluster([os.environ["COCQL_CONTACT_POINTS"]], port=int(os.environ["COCQL_PORT"]), protocol_version=5)
session = cluster.connect()
session.execute("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
session.set_keyspace("k")
session.execute("CREATE TABLE placed (key decimal PRIMARY KEY, v int)")
session.execute("CREATE TABLE sorted (p int, key decimal, v int, PRIMARY KEY (p, key))")
for number, text in enumerate(("1", "1.0", "1.00", "10e-1")):
    session.execute(f"INSERT INTO placed (key, v) VALUES ({text}, {number})")
    session.execute(f"INSERT INTO sorted (p, key, v) VALUES (0, {text}, {number})")


def rows(statement, *values):
    answer = session.execute(session.prepare(statement), values)
    return " ".join(sorted("=".join(str(value) for value in row) for row in answer)) or "none"


keys = [Decimal(text) for text in ("1", "1.0", "1.00")]
print("partitions:", rows("SELECT key, v FROM placed"))
print("clustering rows:", rows("SELECT key, v FROM sorted"))
print("IN, literal:", rows("SELECT key, v FROM placed WHERE key IN (1.00, 1, 1.0)"))
print("IN, bound:", rows("SELECT key, v FROM placed WHERE key IN ?", keys))
print("one by one:", *(rows("SELECT key, v FROM placed WHERE key = ?", key) for key in keys))
session.execute("DELETE FROM placed WHERE key IN (1, 1.0, 1.00)")
print("after DELETE IN:", rows("SELECT key, v FROM placed"))
cluster.shutdown()
PYTHON
)
echo "$seen"
[ "$seen" = "partitions: 1.00=2 1.0=3 1=0
clustering rows: 1=3
IN, literal: 1.00=2
IN, bound: 1=0
one by one: 1=0 1.0=3 1.00=2
after DELETE IN: 1.00=2 1.0=3" ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
