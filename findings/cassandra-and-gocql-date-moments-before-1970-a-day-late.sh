#!/bin/sh
# The date of a moment before 1970 is the next day to Cassandra and to both gocqls, unless the moment is midnight.
#
# Apache Cassandra 5.0.6 (Maven Central, started by tools/cluster), asked by cassandra-driver 3.30.1 (PyPI); Apache's gocql
# v2.1.2 and ScyllaDB's gocql v1.19.0 (Go).
#
# A timestamp counts milliseconds and a date counts days from 1970. to_date() and CAST(… AS date), and Go's drivers
# where a time.Time is bound for a date, divide the one by a day and drop the rest, which before 1970 is the wrong
# way. Of somebody born at 1965-03-02 08:30 UTC
#
#     to_date(born), CAST(born AS date)        1965-03-03
#     gocql's time.Time as a date              1965-03-03
#     Python's datetime as a date              1965-03-02
#
# and only those born at midnight have their own day, so that a test by whole days shows nothing. 1969-12-31 has no
# moment but its first of which it is the date; 1970-01-01 has all of two days.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
cluster() { "$here/tools/cluster/cluster" "$@" --name finding --directory "$folder/cluster"; }
trap 'cluster down >"$folder/log" 2>&1 || cat "$folder/log" >&2; rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM # dash leaves out the EXIT trap otherwise
cluster up --backend cassandra >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
eval "$(cluster env)"
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check cassandra-driver==3.30.1
cat >dates.py <<'PYTHON'
import os
from datetime import datetime

from cassandra.cluster import Cluster

cluster = Cluster([os.environ["COCQL_CONTACT_POINTS"]], port=int(os.environ["COCQL_PORT"]), protocol_version=5)
session = cluster.connect()
session.execute("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
session.set_keyspace("k")
session.execute("CREATE TABLE t (id int PRIMARY KEY, born timestamp, day date)")
insert = session.prepare("INSERT INTO t (id, born, day) VALUES (1, ?, ?)")
for text in open("moments"):
    born = datetime.fromisoformat(text.strip())
    session.execute(insert, [born, born])
    row = session.execute("SELECT to_date(born) AS f, CAST(born AS date) AS c, day FROM t").one()
    print(f"{born}: to_date {row.f}, CAST {row.c}, Python {row.day}")
cluster.shutdown()
PYTHON
cat >dates.go <<'GO'
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"time"
)

func main() {
	moments := bufio.NewScanner(os.Stdin)
	for moments.Scan() {
		born, err := time.Parse("2006-01-02 15:04:05.000", moments.Text())
		if err != nil {
			panic(err)
		}
		written := date(born)
		days := int64(binary.BigEndian.Uint32(written)) - 1<<31
		fmt.Println(born.Format(time.DateTime)+":", os.Args[1], time.Unix(days*86400, 0).UTC().Format(time.DateOnly))
	}
}
GO
go_dates() { # a folder, the module to import, what makes the type, lines of go.mod
    mkdir "$1"
    cp dates.go "$1"
    printf 'module dates\n\ngo 1.24\n\n%s\n' "$4" >"$1/go.mod"
    cat >"$1/date.go" <<GO
package main

import (
	"time"

	gocql "$2"
)

func date(born time.Time) []byte {
	written, err := gocql.Marshal($3, born)
	if err != nil {
		panic(err)
	}
	return written
}
GO
    (cd "$1" && go mod tidy) >go.log 2>&1 || { cat go.log >&2; exit 1; }
    (cd "$1" && go run . "$1") <moments
}
printf '%s\n' "1965-03-02 08:30:00.000" "1965-03-02 00:00:00.000" "1969-12-31 23:59:59.999" "1970-01-01 23:59:59.999" >moments
{
    python/bin/python dates.py
    go_dates apache github.com/apache/cassandra-gocql-driver/v2 'gocql.NewNativeType(4, gocql.TypeDate, "")' \
        'require github.com/apache/cassandra-gocql-driver/v2 v2.1.2'
    go_dates scylla github.com/gocql/gocql 'gocql.NewNativeType(4, gocql.TypeDate)' \
        'require github.com/gocql/gocql v1.7.0
replace github.com/gocql/gocql => github.com/scylladb/gocql v1.19.0'
} >seen
cat seen
[ "$(cat seen)" = "1965-03-02 08:30:00: to_date 1965-03-03, CAST 1965-03-03, Python 1965-03-02
1965-03-02 00:00:00: to_date 1965-03-02, CAST 1965-03-02, Python 1965-03-02
1969-12-31 23:59:59.999000: to_date 1970-01-01, CAST 1970-01-01, Python 1969-12-31
1970-01-01 23:59:59.999000: to_date 1970-01-01, CAST 1970-01-01, Python 1970-01-01
1965-03-02 08:30:00: apache 1965-03-03
1965-03-02 00:00:00: apache 1965-03-02
1969-12-31 23:59:59: apache 1970-01-01
1970-01-01 23:59:59: apache 1970-01-01
1965-03-02 08:30:00: scylla 1965-03-03
1965-03-02 00:00:00: scylla 1965-03-02
1969-12-31 23:59:59: scylla 1970-01-01
1970-01-01 23:59:59: scylla 1970-01-01" ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
