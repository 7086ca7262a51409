#!/bin/sh
# INSERT JSON reads a decimal by way of a double: what SELECT JSON has written in full is stored with 17 digits, and the
# key 1.10 as another partition, 1.1. Integers of any length, texts and the keys of maps come through whole.
#
# Apache Cassandra 5.0.6 (Maven Central, started by tools/cluster), asked by cassandra-driver 3.30.1 (PyPI).
#
# A row is copied on the server's own word: SELECT JSON *, and INSERT JSON of that text, which JSON itself (it sets no
# limit to a number's digits) allows. Of a decimal arrive
#
#     stored                      SELECT JSON                 stored by INSERT JSON of it
#     12345678901234567.89        12345678901234567.89        12345678901234568
#     0.1234567890123456789       0.1234567890123456789       0.12345678901234568
#     1.10                        1.10                        1.1
#     1E+3                        1E+3                        1000.0
#     1E+400                      1E+400                      refused
#
# with no error or warning but for the last; the same in a list. A decimal key is placed by its
# digits, so that a table keyed by prices is copied to other partitions. In quotes ("1.10") they are read exactly, but
# SELECT JSON writes them so only as the keys of a map. A varint of 30 digits is read exactly without.
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

from cassandra import InvalidRequest
from cassandra.cluster import Cluster

cluster = Cluster([os.environ["COCQL_CONTACT_POINTS"]], port=int(os.environ["COCQL_PORT"]), protocol_version=5)
session = cluster.connect()
session.execute("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
session.set_keyspace("k")
for table in ("source", "copy"):
    session.execute(f"CREATE TABLE {table} (d decimal PRIMARY KEY, l list<decimal>, m map<decimal, int>, v varint)")
insert = session.prepare("INSERT INTO source (d, l, m, v) VALUES (?, ?, ?, ?)")
insert_json = session.prepare("INSERT INTO copy JSON ?")
for digits in ("12345678901234567.89", "0.1234567890123456789", "1.10", "1E+3", "1E+400"):
    given = Decimal(digits)
    session.execute(insert, [given, [given], {given: 1}, 123456789012345678901234567890])
    text = session.execute("SELECT JSON d, l, m, v FROM source").one()[0]
    print(text)
    try:
        session.execute(insert_json, [text])
        row = session.execute("SELECT d, l, m, v FROM copy").one()
        print("copied:", row.d, *row.l, *row.m.keys(), row.v)
        session.execute(insert_json, [f'{{"d": "{digits}"}}'])
        found = session.execute(session.prepare("SELECT d FROM copy WHERE d = ?"), [given]).one()
        print("in quotes:", found.d)
    except InvalidRequest as refused:
        print("copied:", str(refused).split('message="')[1].rstrip('"'))
    for table in ("source", "copy"):
        session.execute(f"TRUNCATE {table}")
cluster.shutdown()
PYTHON
)
echo "$seen"
[ "$seen" = '{"d": 12345678901234567.89, "l": [12345678901234567.89], "m": {"12345678901234567.89": 1}, "v": 123456789012345678901234567890}
copied: 12345678901234568 12345678901234568 12345678901234567.89 123456789012345678901234567890
in quotes: 12345678901234567.89
{"d": 0.1234567890123456789, "l": [0.1234567890123456789], "m": {"0.1234567890123456789": 1}, "v": 123456789012345678901234567890}
copied: 0.12345678901234568 0.12345678901234568 0.1234567890123456789 123456789012345678901234567890
in quotes: 0.1234567890123456789
{"d": 1.10, "l": [1.10], "m": {"1.10": 1}, "v": 123456789012345678901234567890}
copied: 1.1 1.1 1.10 123456789012345678901234567890
in quotes: 1.10
{"d": 1E+3, "l": [1E+3], "m": {"1E+3": 1}, "v": 123456789012345678901234567890}
copied: 1000.0 1000.0 1E+3 123456789012345678901234567890
in quotes: 1E+3
{"d": 1E+400, "l": [1E+400], "m": {"1E+400": 1}, "v": 123456789012345678901234567890}
copied: Error decoding JSON value for d: Value '"'Infinity'"' is not a valid representation of a decimal value' ] ||
    { echo "that has changed: see the head of this script" >&2; exit 1; }
