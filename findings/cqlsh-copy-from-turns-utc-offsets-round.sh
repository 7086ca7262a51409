#!/bin/sh
# cqlsh's COPY FROM adds a timestamp's UTC offset where it should subtract it, unless the seconds have a fraction, and
# reads ISO 8601's T and Z, and a time without seconds, as midnight. The server reads the same texts right.
#
# cqlsh 6.2.2 with cassandra-driver 3.30.1 (PyPI) on Apache Cassandra 5.0.6 (Maven Central, started by tools/cluster).
# Every form below is one of the server's own for CQL. All rows are imported, with no message. Stored, in UTC, are
#
#     in the file                       by INSERT        by COPY FROM
#     2026-11-23 12:34:56+0100          11:34:56         13:34:56
#     2026-11-23 12:34:56-0330          16:04:56         09:04:56
#     2026-11-23 12:34:56.000+0100      11:34:56         11:34:56
#     2026-11-23T12:34:56Z              12:34:56         00:00:00
#     2026-11-23T12:34:56+01:00         11:34:56         00:00:00
#     2026-11-23 12:34                  12:34:00         00:00:00
#
# COPY FROM tries DATETIMEFORMAT first (by default with a fraction, "%Y-%m-%d %H:%M:%S.%f%z": the third line, and what
# COPY TO writes); the others go to a parser of its own, which has the sign the wrong way round and takes a date from the
# start of a text and drops the rest if that is not what it knows. WITH DATETIMEFORMAT='%Y-%m-%d %H:%M:%S%z' reads the
# first two right.
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
cqlsh() { HOME=$folder TZ=UTC "$folder/python/bin/cqlsh" "$@" "$COCQL_CONTACT_POINTS" "$COCQL_PORT" 2>>"$folder/errors"; }
stored() { cqlsh -e "SELECT JSON t FROM k.$1 WHERE id IN (1, 2, 3, 4, 5, 6);" | sed -n 's/.*"t": "\([^"]*\)".*/\1/p'; }

cat >"$folder/texts" <<'TEXTS'
2026-11-23 12:34:56+0100
2026-11-23 12:34:56-0330
2026-11-23 12:34:56.000+0100
2026-11-23T12:34:56Z
2026-11-23T12:34:56+01:00
2026-11-23 12:34
TEXTS
awk '{ print NR "," $0 }' "$folder/texts" >"$folder/in.csv"
{
    echo "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};"
    for table in inserted copied told; do echo "CREATE TABLE k.$table (id int PRIMARY KEY, t timestamp);"; done
    awk -v quote="'" '{ print "INSERT INTO k.inserted (id, t) VALUES (" NR ", " quote $0 quote ");" }' "$folder/texts"
    echo "COPY k.copied (id, t) FROM '$folder/in.csv';"
    head -2 "$folder/in.csv" >"$folder/two.csv"
    echo "COPY k.told (id, t) FROM '$folder/two.csv' WITH DATETIMEFORMAT='%Y-%m-%d %H:%M:%S%z';"
} >"$folder/all.cql"
cqlsh -f "$folder/all.cql" >"$folder/said" || { cat "$folder/said" "$folder/errors" >&2; exit 1; }
for table in inserted copied told; do stored "$table" >"$folder/$table"; done
seen=$(paste -d '|' "$folder/texts" "$folder/inserted" "$folder/copied" "$folder/told")
echo "in the file|by INSERT|by COPY FROM|by COPY FROM WITH DATETIMEFORMAT"
echo "$seen"
day=2026-11-23
[ "$seen" = "$day 12:34:56+0100|$day 11:34:56.000Z|$day 13:34:56.000Z|$day 11:34:56.000Z
$day 12:34:56-0330|$day 16:04:56.000Z|$day 09:04:56.000Z|$day 16:04:56.000Z
$day 12:34:56.000+0100|$day 11:34:56.000Z|$day 11:34:56.000Z|
${day}T12:34:56Z|$day 12:34:56.000Z|$day 00:00:00.000Z|
${day}T12:34:56+01:00|$day 11:34:56.000Z|$day 00:00:00.000Z|
$day 12:34|$day 12:34:00.000Z|$day 00:00:00.000Z|" ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
