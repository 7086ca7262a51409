#!/bin/sh
# cqlsh -e runs none of its statements if a comment ends the text, says nothing, and exits 0.
#
# cqlsh 6.2.2 with cassandra-driver 3.30.1 (PyPI) on Apache Cassandra 5.0.6 (Maven Central, started by tools/cluster).
# -e puts the missing semicolon at the end of the text, so that after "TRUNCATE k.t -- all of it" it is part of the
# comment. The text then waits for its end, as at a prompt, and is dropped when it is over, whole: statements before that
# one, with their semicolons and on lines of their own, are not run either. A script that checks the exit code takes it
# all for done. The same text in a file (-f) is run up to the last statement, which is told as incomplete, with exit
# code 2; with a semicolon before the comment, and with no comment, it is run.
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
cqlsh() { HOME=$folder "$folder/python/bin/cqlsh" "$@" "$COCQL_CONTACT_POINTS" "$COCQL_PORT" </dev/null 2>&1; }
rows() { cqlsh -e "SELECT JSON COUNT(*) AS n FROM k.t" | sed -n 's/.*"n": \([0-9]*\).*/\1/p'; }
told() { # a name, then what cqlsh is given: its exit code, its lines but for the warning that 5.0.6 is not 5.0.0, rows
    name=$1
    shift
    code=0
    cqlsh "$@" >"$folder/output" || code=$?
    lines=$(grep -v '^WARNING: cqlsh was built against' "$folder/output" | sed "s|$folder/||" | tr '\n' ' ')
    echo "$name: exit code $code, says '$lines', rows left $(rows)"
}
cqlsh -e "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
    CREATE TABLE k.t (id int PRIMARY KEY); INSERT INTO k.t (id) VALUES (1)" >"$folder/log"
printf '%s\n' "INSERT INTO k.t (id) VALUES (3);" "TRUNCATE k.t -- all of it" >"$folder/two.cql"
seen=$(
    told "comment" -e "TRUNCATE k.t -- all of it"
    told "comment in slashes" -e "TRUNCATE k.t // all of it"
    told "second of two" -e "INSERT INTO k.t (id) VALUES (2); TRUNCATE k.t -- all of it"
    told "second of two lines" -e "$(cat "$folder/two.cql")"
    told "the same in a file" -f "$folder/two.cql"
    told "semicolon, comment" -e "DELETE FROM k.t WHERE id = 1; -- the first"
    told "no comment" -e "TRUNCATE k.t"
)
echo "$seen"
[ "$seen" = "comment: exit code 0, says '', rows left 1
comment in slashes: exit code 0, says '', rows left 1
second of two: exit code 0, says '', rows left 1
second of two lines: exit code 0, says '', rows left 1
the same in a file: exit code 2, says 'two.cql:3:Incomplete statement at end of file ', rows left 2
semicolon, comment: exit code 0, says '', rows left 1
no comment: exit code 0, says '', rows left 0" ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
