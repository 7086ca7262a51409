#!/bin/sh
# Cassandra sorts a set that a prepared statement brings, but not one inside a tuple or user-defined type: there equal
# keys become two rows, and the one that was written by a prepared statement cannot be found by writing out its key.
#
# Apache Cassandra 5.0.6 (Maven Central, started by tools/cluster), asked by cassandra-driver 3.30.1 (PyPI).
#
# Drivers send a set's elements in the order in which the language gives them: Python's {8, 1} comes as 8, 1. Cassandra
# stores frozen<set<int>>, also inside a list, sorted, whatever came. frozen<tuple<frozen<set<int>>>> and a user-defined
# type with such a field (and with a map) it stores as the bytes came. As a key
#   - {8, 1} bound and {1, 8} written out are one row in a set and in a list of sets, and two in a tuple and in a type;
#     read, the two rows' keys are equal to each other, and nothing in cqlsh tells them apart but token();
#   - WHERE k = ({1, 8}) finds the row of the literal only, WHERE k = ? with Python's set the other one only.
# And where it does sort, the driver has already chosen a replica by the bytes that it sent: the token that the driver
# works out for the set {8, 1} is not the server's.
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
from collections import namedtuple

from cassandra.cluster import Cluster
from cassandra.metadata import Murmur3Token

cluster = Cluster([os.environ["COCQL_CONTACT_POINTS"]], port=int(os.environ["COCQL_PORT"]), protocol_version=5)
session = cluster.connect()
session.execute("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
session.set_keyspace("k")
session.execute("CREATE TYPE kind (members frozen<set<int>>)")
Kind = namedtuple("Kind", "members")
numbers = {8, 1}
print("Python's order:", *numbers)

for name, key_type, key, literal in (
    ("set", "set<int>", numbers, "{1, 8}"),
    ("list", "list<frozen<set<int>>>", [numbers], "[{1, 8}]"),
    ("tuple", "tuple<frozen<set<int>>>", (numbers,), "({1, 8})"),
    ("type", "kind", Kind(numbers), "{members: {1, 8}}"),
):
    session.execute(f"CREATE TABLE by_{name} (k frozen<{key_type}> PRIMARY KEY, v text)")
    insert = session.prepare(f"INSERT INTO by_{name} (k, v) VALUES (?, 'bound')").bind([key])
    session.execute(insert)
    session.execute(f"INSERT INTO by_{name} (k, v) VALUES ({literal}, 'written out')")
    rows = list(session.execute(f"SELECT k, v, token(k) AS place FROM by_{name}"))
    found_literal = session.execute(f"SELECT v FROM by_{name} WHERE k = {literal}").one()
    found_bound = session.execute(session.prepare(f"SELECT v FROM by_{name} WHERE k = ?"), [key]).one()
    tokens = {row.place for row in rows}
    print(f"{name}: {len(rows)} rows, {len(set(str(row.k) for row in rows))} key as read;",
          f"by literal: {found_literal.v}; bound: {found_bound.v};",
          "driver's token", "is" if Murmur3Token.hash_fn(insert.routing_key) in tokens else "is not", "the server's")
cluster.shutdown()
PYTHON
)
echo "$seen"
[ "$seen" = "Python's order: 8 1
set: 1 rows, 1 key as read; by literal: written out; bound: written out; driver's token is not the server's
list: 1 rows, 1 key as read; by literal: written out; bound: written out; driver's token is not the server's
tuple: 2 rows, 1 key as read; by literal: written out; bound: bound; driver's token is the server's
type: 2 rows, 1 key as read; by literal: written out; bound: bound; driver's token is the server's" ] ||
    { echo "that has changed: see the head of this script" >&2; exit 1; }
