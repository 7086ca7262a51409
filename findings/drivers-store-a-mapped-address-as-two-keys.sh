#!/bin/sh
# An IPv4 client as a server sees it that listens for both families, ::ffff:192.0.2.7, is one key if Python or Node.js
# writes it, and another one if Go or CQL's own text does, and the server shows both keys as 192.0.2.7.
#
# Apache Cassandra 5.0.6 (Maven Central, started by tools/cluster), cassandra-driver 3.30.1 (PyPI), cassandra-driver 4.10.0
# (npm), Apache's gocql v2.1.2 (Go).
#
# Python and Node.js send the 16 bytes of the IPv6 address that they were given. Go's driver makes 4 bytes of it, and so does
# the server of a literal. It keeps what it gets, and compares bytes: the same text is a row each for the two kinds. To
# CAST(… AS text), SELECT JSON and Go the keys of the two rows are equal, "192.0.2.7" twice, and neither can write the
# other row: WHERE address = '::ffff:192.0.2.7', typed as Python shows it, is the row of 4 bytes.
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
cat >addresses.py <<'PYTHON'
import os
import sys

from cassandra.cluster import Cluster

cluster = Cluster([os.environ["COCQL_CONTACT_POINTS"]], port=int(os.environ["COCQL_PORT"]), protocol_version=5)
session = cluster.connect()
if sys.argv[1] == "write":
    session.execute("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    session.execute("CREATE TABLE k.seen (address inet PRIMARY KEY, who set<text>)")
    session.execute("UPDATE k.seen SET who = who + {'CQL'} WHERE address = '::ffff:192.0.2.7'")
    session.execute(session.prepare("UPDATE k.seen SET who = who + {'Python'} WHERE address = ?"), ["::ffff:192.0.2.7"])
else:
    rows = list(session.execute("SELECT address, CAST(address AS text) AS text, to_json(address) AS json, who FROM k.seen"))
    for row in sorted(rows, key=lambda row: row.address):
        print(f"written by {', '.join(row.who)}: Python {row.address}, CAST {row.text}, JSON {row.json}")
    for row in session.execute("SELECT who FROM k.seen WHERE address = '::ffff:192.0.2.7'"):
        print("the literal's:", *row.who)
cluster.shutdown()
PYTHON
npm install --silent --no-audit --no-fund cassandra-driver@4.10.0 >npm.log 2>&1 || { cat npm.log >&2; exit 1; }
cat >addresses.js <<'NODE'
const { Client, types } = require('cassandra-driver');
const { COCQL_CONTACT_POINTS: host, COCQL_PORT: port } = process.env;
const client = new Client({ contactPoints: [`${host}:${port}`], localDataCenter: 'datacenter1', keyspace: 'k' });
const address = types.InetAddress.fromString('::ffff:192.0.2.7');
client.execute("UPDATE seen SET who = who + {'Node.js'} WHERE address = ?", [address], { prepare: true })
  .then(() => client.execute('SELECT address FROM seen'))
  .then((answer) => console.log('Node.js reads', answer.rows.map((row) => `${row.address}`).sort().join(', ')))
  .finally(() => client.shutdown());
NODE
mkdir go
cat >go/addresses.go <<'GO'
package main

import (
	"fmt"
	"net"
	"os"
	"strconv"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	cluster := gocql.NewCluster(os.Getenv("COCQL_CONTACT_POINTS"))
	port, err := strconv.Atoi(os.Getenv("COCQL_PORT"))
	check(err)
	cluster.Port, cluster.Keyspace, cluster.Consistency = port, "k", gocql.One
	session, err := cluster.CreateSession()
	check(err)
	defer session.Close()
	address := net.ParseIP("::ffff:192.0.2.7")
	check(session.Query("UPDATE seen SET who = who + {'Go'} WHERE address = ?", address).Exec())
	fmt.Print("Go reads")
	rows := session.Query("SELECT address FROM seen").Iter()
	for rows.Scan(&address) {
		fmt.Print(" ", address)
	}
	check(rows.Close())
	fmt.Println()
}
GO
printf 'module addresses\n\ngo 1.24\n' >go/go.mod
(cd go && go get github.com/apache/cassandra-gocql-driver/v2@v2.1.2) >go.log 2>&1 || { cat go.log >&2; exit 1; }
{
    python/bin/python addresses.py write
    node addresses.js
    (cd go && go run .) 2>go.log || cat go.log >&2
    python/bin/python addresses.py read
} >seen
cat seen
[ "$(cat seen)" = 'Node.js reads 192.0.2.7, ::ffff:c000:207
Go reads 192.0.2.7 192.0.2.7
written by CQL, Go: Python 192.0.2.7, CAST 192.0.2.7, JSON "192.0.2.7"
written by Node.js, Python: Python ::ffff:192.0.2.7, CAST 192.0.2.7, JSON "192.0.2.7"
the literal'"'"'s: CQL Go' ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
