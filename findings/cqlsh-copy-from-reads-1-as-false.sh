#!/bin/sh
# cqlsh's COPY FROM reads the boolean 1, as t and yes, as False, and a blob without 0x, cafe, as 0xfe; all rows are
# imported, with no message.
#
# cqlsh 6.2.2 with cassandra-driver 3.30.1 (PyPI) on Apache Cassandra 5.0.6 (Maven Central, started by tools/cluster).
#
# A boolean is true if it is the first word of BOOLSTYLE (by default "True,False", in any case), and false if it is anything
# else, not only the second one. Of a blob the first two characters are dropped, whatever they are, and the rest is
# hexadecimal. 1 and 0 are what other exporters write (DSBulk, MySQL, SQLite), hexadecimal digits alone what
# hex(), encode(…, 'hex') and xxd -p do. Every 1 is a False then, and every blob lacks its first byte.
# WITH BOOLSTYLE='1,0' reads the former right.
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
cat >"$folder/rows.csv" <<'CSV'
1,True,0xcafe
2,TRUE,0xCAFE
3,1,cafe
4,t,ca
5,yes,\\xcafe
6,0,0x
CSV
cqlsh "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
    CREATE TABLE k.t (id int PRIMARY KEY, yes boolean, bytes blob)" >"$folder/log"
copied() { # what it is, options: the exit code, what is said of the rows, and the rows
    code=0
    cqlsh "COPY k.t (id, yes, bytes) FROM '$folder/rows.csv'$2" >"$folder/output" || code=$?
    echo "$1: exit code $code," "$(sed -n 's/^\([0-9]* rows imported\) .*\((.*)\)\.$/\1 \2/p' "$folder/output")"
    grep Failed "$folder/output" || true
    cqlsh "SELECT JSON id, yes, bytes FROM k.t" | grep -o '{.*}' | sort
}
seen=$(
    copied "by default" ""
    copied "told" " WITH BOOLSTYLE='1,0'"
)
echo "$seen"
[ "$seen" = 'by default: exit code 0, 6 rows imported (0 skipped)
{"id": 1, "yes": true, "bytes": "0xcafe"}
{"id": 2, "yes": true, "bytes": "0xcafe"}
{"id": 3, "yes": false, "bytes": "0xfe"}
{"id": 4, "yes": false, "bytes": "0x"}
{"id": 5, "yes": false, "bytes": "0xcafe"}
{"id": 6, "yes": false, "bytes": "0x"}
told: exit code 0, 6 rows imported (0 skipped)
{"id": 1, "yes": false, "bytes": "0xcafe"}
{"id": 2, "yes": false, "bytes": "0xcafe"}
{"id": 3, "yes": true, "bytes": "0xfe"}
{"id": 4, "yes": false, "bytes": "0x"}
{"id": 5, "yes": false, "bytes": "0xcafe"}
{"id": 6, "yes": false, "bytes": "0x"}' ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
