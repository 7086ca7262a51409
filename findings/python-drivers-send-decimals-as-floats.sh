#!/bin/sh
# Python's drivers turn a Decimal into a float where the statement is not prepared, and so does their object mapper
# always: 12345678901234567.89 is stored as 12345678901234568, and 1.10 as another partition key than the prepared 1.10.
#
# cassandra-driver 3.30.1 and scylla-driver 3.29.12 (PyPI) on Apache Cassandra 5.0.6 (Maven Central, started by
# tools/cluster). Values of session.execute("… %s", values) are written into the text, a Decimal by way of float() and
# its repr(): 17 digits at the most, no zeros at the end. Of
#
#     given                    prepared                 not prepared, cqlengine
#     12345678901234567.89     12345678901234567.89     12345678901234568
#     9007199254740993         9007199254740993         9007199254740992.0
#     1.10                     1.10                     1.1
#     1000                     1000                     1000.0
#
# the last ones are equal numbers, but a partition is placed by the digits: rows under such keys that are written by the
# one way are not found by the other. cqlengine prepares nothing, so that its column Decimal is exact to a double.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
cluster() { "$here/tools/cluster/cluster" "$@" --name finding --directory "$folder/cluster"; }
trap 'cluster down >"$folder/log" 2>&1 || cat "$folder/log" >&2; rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM # dash leaves out the EXIT trap otherwise
cluster up --backend cassandra >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
eval "$(cluster env)"
cat >"$folder/decimals.py" <<'PYTHON'
import os
from decimal import Decimal

from cassandra.cluster import Cluster
from cassandra.cqlengine import columns, connection
from cassandra.cqlengine.models import Model

cluster = Cluster([os.environ["COCQL_CONTACT_POINTS"]], port=int(os.environ["COCQL_PORT"]), protocol_version=5)
session = cluster.connect()
session.execute(
    "CREATE KEYSPACE IF NOT EXISTS k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
)
session.set_keyspace("k")
session.execute("CREATE TABLE IF NOT EXISTS t (how text PRIMARY KEY, d decimal)")
session.execute("CREATE TABLE IF NOT EXISTS keys (d decimal PRIMARY KEY)")
session.execute("TRUNCATE keys")
connection.register_connection("ours", session=cluster.connect("k"), default=True)


class Price(Model):
    __keyspace__ = "k"
    __table_name__ = "t"
    how = columns.Text(primary_key=True)
    d = columns.Decimal()


insert = session.prepare("INSERT INTO t (how, d) VALUES (?, ?)")
for given in map(Decimal, ("12345678901234567.89", "9007199254740993", "1.10", "1000")):
    session.execute(insert, ["prepared", given])
    session.execute("INSERT INTO t (how, d) VALUES (%s, %s)", ["not prepared", given])
    Price.create(how="cqlengine", d=given)
    stored = {row.how: row.d for row in session.execute("SELECT how, d FROM t")}
    print(f"{given}:", ", ".join(f"{how} {stored[how]}" for how in ("prepared", "not prepared", "cqlengine")))
find = session.prepare("SELECT d FROM keys WHERE d = ?")
for given in map(Decimal, ("1.10", "1.1")):
    session.execute("INSERT INTO keys (d) VALUES (%s)", [given])
    print(f"key {given}: prepared {len(list(session.execute(find, [given])))} row,", end=" ")
    print(f"not prepared {len(list(session.execute('SELECT d FROM keys WHERE d = %s', [given])))} row")
    session.execute("TRUNCATE keys")
cluster.shutdown()
PYTHON
for package in cassandra-driver==3.30.1 scylla-driver==3.29.12; do
    python3 -m venv "$folder/$package"
    "$folder/$package/bin/pip" install --quiet --disable-pip-version-check "$package"
    seen=$("$folder/$package/bin/python" -W ignore "$folder/decimals.py")
    echo "$package:"
    echo "$seen"
    [ "$seen" = "12345678901234567.89: prepared 12345678901234567.89, not prepared 12345678901234568, \
cqlengine 12345678901234568
9007199254740993: prepared 9007199254740993, not prepared 9007199254740992.0, cqlengine 9007199254740992.0
1.10: prepared 1.10, not prepared 1.1, cqlengine 1.1
1000: prepared 1000, not prepared 1000.0, cqlengine 1000.0
key 1.10: prepared 0 row, not prepared 1 row
key 1.1: prepared 1 row, not prepared 1 row" ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
done
