#!/bin/sh
# What cqlsh's COPY TO writes, its COPY FROM does not read back: each round doubles the backslashes of a text, line ends and
# tabs become a backslash and a letter, and an empty text is gone. All rows are imported, with no message.
#
# cqlsh 6.2.2 with cassandra-driver 3.30.1 (PyPI) on Apache Cassandra 5.0.6 (Maven Central, started by tools/cluster). Both
# with their defaults, the table emptied in between.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
cluster() { "$here/tools/cluster/cluster" "$@" --name finding --directory "$folder/cluster"; }
trap 'cluster down >"$folder/log" 2>&1 || cat "$folder/log" >&2; rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM # dash leaves out the EXIT trap otherwise
cluster up --backend cassandra >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
eval "$(cluster env)"
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check cqlsh==6.2.2 cassandra-driver==3.30.1
cqlsh() { HOME=$folder "$folder/python/bin/cqlsh" -e "$1" "$COCQL_CONTACT_POINTS" "$COCQL_PORT" </dev/null 2>&1; }
cat >"$folder/rows.py" <<'PYTHON'
import os

from cassandra.cluster import Cluster

cluster = Cluster([os.environ["COCQL_CONTACT_POINTS"]], port=int(os.environ["COCQL_PORT"]), protocol_version=5)
for row in sorted(cluster.connect().execute("SELECT id, text FROM k.t")):
    print(row.id, repr(row.text))
cluster.shutdown()
PYTHON
rows() { echo "$1:" && "$folder/python/bin/python" -W ignore "$folder/rows.py"; } # as Python writes texts
cqlsh "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
    CREATE TABLE k.t (id int PRIMARY KEY, text text);
    INSERT INTO k.t (id, text) VALUES (1, 'C:\\temp');
    INSERT INTO k.t (id, text) VALUES (2, 'two
lines');
    INSERT INTO k.t (id, text) VALUES (3, 'a	tab');
    INSERT INTO k.t (id, text) VALUES (4, '');
    INSERT INTO k.t (id, text) VALUES (5, '\"quoted\", and a comma')" >"$folder/log"
seen=$(
    rows "at first"
    for round in 1 2; do
        cqlsh "COPY k.t (id, text) TO '$folder/rows.csv'" >"$folder/output"
        cqlsh "TRUNCATE k.t; COPY k.t (id, text) FROM '$folder/rows.csv'" >>"$folder/output"
        rows "round $round: $(sed -n 's/^\([0-9]* rows imported\) .*\((.*)\)\.$/\1 \2/p' "$folder/output")"
    done
)
printf '%s\n' "$seen"
cat >"$folder/expected" <<'SEEN'
at first:
1 'C:\\temp'
2 'two\nlines'
3 'a\ttab'
4 ''
5 '"quoted", and a comma'
round 1: 5 rows imported (0 skipped):
1 'C:\\\\temp'
2 'two\\nlines'
3 'a\\ttab'
4 None
5 '"quoted", and a comma'
round 2: 5 rows imported (0 skipped):
1 'C:\\\\\\\\temp'
2 'two\\\\nlines'
3 'a\\\\ttab'
4 None
5 '"quoted", and a comma'
SEEN
[ "$seen" = "$(cat "$folder/expected")" ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
