#!/bin/sh
# Go's driver cannot read a vector of frozen lists, though it reads lists and vectors; Python's and that of Node.js can.
#
# Apache Cassandra 5.0.6 (Maven Central, started by tools/cluster), read by cassandra-driver 3.30.1 (PyPI), by
# cassandra-driver 4.10.0 (npm) and by Apache's gocql v2.1.2 (Go).
#
# In protocol versions 4 and 5 a vector is a custom type, named by the server's class names, and these say FrozenType(…)
# around the list, for which the protocol's own type codes have no word: a list column by itself never comes so. gocql
# takes it for an unknown type and fails to scan the column; the others read through it, and write such a vector.
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
cat >read.py <<'PYTHON'
import os

from cassandra.cluster import Cluster

cluster = Cluster([os.environ["COCQL_CONTACT_POINTS"]], port=int(os.environ["COCQL_PORT"]), protocol_version=5)
session = cluster.connect()
session.execute("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
session.set_keyspace("k")
session.execute(
    "CREATE TABLE t (id int PRIMARY KEY, plain vector<int, 2>, lists vector<frozen<list<int>>, 2>, l frozen<list<int>>)"
)
session.execute("INSERT INTO t (id, plain, lists, l) VALUES (1, [1, 2], [[1], [2, 3]], [4])")
row = session.execute("SELECT plain, lists, l FROM t").one()
print("Python:", *row)
session.execute(session.prepare("INSERT INTO t (id, lists) VALUES (1, ?)"), [row.lists])
print("Python: written:", session.execute("SELECT lists FROM t").one().lists)
cluster.shutdown()
PYTHON
npm install --silent --no-audit --no-fund cassandra-driver@4.10.0 >npm.log 2>&1 || { cat npm.log >&2; exit 1; }
cat >read.js <<'NODE'
const { Client, types } = require('cassandra-driver');
const { COCQL_CONTACT_POINTS: host, COCQL_PORT: port } = process.env;
const client = new Client({ contactPoints: [`${host}:${port}`], localDataCenter: 'datacenter1', keyspace: 'k' });
(async () => {
  const row = (await client.execute('SELECT plain, lists, l FROM t')).rows[0];
  console.log('Node.js:', ...[row.plain, row.lists, row.l].map((each) => JSON.stringify([...each])));
  for (const lists of [row.lists, new types.Vector([[5], [6]])])
    await client.execute('INSERT INTO t (id, lists) VALUES (2, ?)', [lists], { prepare: true })
      .then(() => console.log('Node.js: written'), (error) => console.log('Node.js: not written:', error.message));
})().finally(() => client.shutdown());
NODE
mkdir go
cat >go/read.go <<'GO'
package main

import (
	"fmt"
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
	var plain, list []int
	check(session.Query("SELECT plain, l FROM t").Scan(&plain, &list))
	fmt.Println("Go:", plain, list)
	var lists [][]int
	fmt.Println("Go:", session.Query("SELECT lists FROM t").Scan(&lists))
}
GO
printf 'module read\n\ngo 1.24\n' >go/go.mod
(cd go && go get github.com/apache/cassandra-gocql-driver/v2@v2.1.2) >go.log 2>&1 || { cat go.log >&2; exit 1; }
{
    python/bin/python read.py
    node read.js
    (cd go && go run .) 2>go.log || cat go.log >&2
} >seen
cat seen
[ "$(cat seen)" = "Python: [1, 2] [[1], [2, 3]] [4]
Python: written: [[1], [2, 3]]
Node.js: [1,2] [[1],[2,3]] [4]
Node.js: written
Node.js: written
Go: [1 2] [4]
Go: unknown type org.apache.cassandra.db.marshal.FrozenType(org.apache.cassandra.db.marshal.ListType(\
org.apache.cassandra.db.marshal.Int32Type))" ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
