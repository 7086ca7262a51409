#!/bin/sh
# SELECT JSON writes NaN and the infinities as null, as map keys all as the same name "null"; INSERT JSON reads them
# from texts, but what SELECT JSON has written of them it refuses, or stores as a plain null.
#
# Apache Cassandra 5.0.6 (Maven Central, started by tools/cluster), asked by cassandra-driver 3.30.1 (PyPI).
#
# Numbers of JSON have no NaN. INSERT JSON takes the texts "NaN", "Infinity" and "-Infinity" for them in float and
# double, alone, in collections, vectors and as map keys. SELECT JSON and to_json() give none of these texts back:
#   - alone they are null: the row read back by INSERT JSON has lost its value, with no error;
#   - in a list, set, vector or as a map's value they are null too, which INSERT JSON refuses there ("Invalid null element
#     in list"; "in map"; "in set"): a row with such a vector cannot be copied as JSON at all;
#   - a map<double, text> with the keys -Infinity, Infinity and NaN is {"null": …, "null": …, "null": …}, of which
#     Python's parser, as most, keeps one, and which INSERT JSON refuses ("Unable to make double from 'null'").
# Nor does the null tell what was stored: the rows are found by d > 1, as the server puts NaN above every number.
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
import json
import os

from cassandra import InvalidRequest
from cassandra.cluster import Cluster

cluster = Cluster([os.environ["COCQL_CONTACT_POINTS"]], port=int(os.environ["COCQL_PORT"]), protocol_version=5)
session = cluster.connect()
session.execute("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
session.set_keyspace("k")
for column, kind, value in (
    ("d", "double", "NaN"),
    ("l", "list<double>", ["NaN", "-Infinity", 1]),
    ("s", "set<double>", ["NaN", 1]),
    ("v", "vector<float, 2>", ["Infinity", 1]),
    ("m", "map<text, double>", {"a": "NaN"}),
    ("k", "map<double, text>", {"NaN": "a", "Infinity": "b", "-Infinity": "c"}),
):
    session.execute(f"CREATE TABLE of_{column} (id int PRIMARY KEY, {column} {kind})")
    insert = session.prepare(f"INSERT INTO of_{column} JSON ?")
    session.execute(insert, [json.dumps({"id": 1, column: value})])
    stored = getattr(session.execute(f"SELECT {column} FROM of_{column}").one(), column)
    text = session.execute(f"SELECT JSON {column} FROM of_{column}").one()[0]
    again = json.dumps({"id": 2, **json.loads(text)})
    try:
        session.execute(insert, [again])
        copied = getattr(session.execute(f"SELECT {column} FROM of_{column} WHERE id = 2").one(), column)
    except InvalidRequest as refused:
        copied = str(refused).split('message="')[1].rstrip('"')
    print(f"{kind}: stored {stored}; JSON {text}; copied: {copied}")
print("d > 1:", len(list(session.execute("SELECT id FROM of_d WHERE d > 1 ALLOW FILTERING"))), "row")
cluster.shutdown()
PYTHON
)
echo "$seen"
[ "$seen" = "double: stored nan; JSON {\"d\": null}; copied: None
list<double>: stored [nan, -inf, 1.0]; JSON {\"l\": [null, null, 1.0]}; copied: Error decoding JSON value for l: \
Invalid null element in list
set<double>: stored SortedSet([nan, 1.0]); JSON {\"s\": [1.0, null]}; copied: Error decoding JSON value for s: \
Invalid null element in set
vector<float, 2>: stored [inf, 1.0]; JSON {\"v\": [null, 1.0]}; copied: Error decoding JSON value for v: \
Invalid null element in list
map<text, double>: stored {'a': nan}; JSON {\"m\": {\"a\": null}}; copied: Error decoding JSON value for m: \
Invalid null value in map
map<double, text>: stored {-inf: 'c', inf: 'b', nan: 'a'}; JSON {\"k\": {\"null\": \"c\", \"null\": \"b\", \
\"null\": \"a\"}}; copied: Error decoding JSON value for k: Unable to make double from 'null'
d > 1: 1 row" ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
