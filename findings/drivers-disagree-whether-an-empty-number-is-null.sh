#!/bin/sh
# A number of zero bytes, which Cassandra stores as something that is neither null nor zero, is null, not null, or 0,
# depending on the driver that reads it; none of four shows what it is without being told to.
#
# Apache Cassandra 5.0.6 (Maven Central, started by tools/cluster), read by cassandra-driver 3.30.1 (PyPI), by
# cassandra-driver 4.10.0 (npm), by java-driver-core 4.19.3 (Maven Central) and by Apache's gocql v2.1.2 (Go).
#
# blob_as_int(0x) and its like make values of zero bytes for columns of type int, bigint, double, timestamp and so on. To
# the server such an int is there: COUNT(i) counts it, i < -2147483648 finds it (it is below every number), i = 0
# does not, and IF i = null is false. Reading it
#
#     Python    None, as null                      Node.js   null, as null
#     Java      isNull() says false, getObject() is null, getInt() is 0
#     Go        0, and a pointer to it is not nil: as zero; a timestamp is the year 1, Go's own zero
#
# So one program skips the row, the second sums it up as 0, and a third writes back a 0 that was not there. (Python shows
# it as EMPTY once the type's support_empty_values is set.)
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

from cassandra import cqltypes
from cassandra.cluster import Cluster

cluster = Cluster([os.environ["COCQL_CONTACT_POINTS"]], port=int(os.environ["COCQL_PORT"]), protocol_version=5)
session = cluster.connect()
session.execute("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
session.set_keyspace("k")
session.execute("CREATE TABLE t (id int PRIMARY KEY, i int, at timestamp, v int)")
session.execute("INSERT INTO t (id, i, at) VALUES (1, blob_as_int(0x), blob_as_timestamp(0x))")
session.execute("INSERT INTO t (id) VALUES (2)")
for what in ("i < -2147483648", "i = 0"):
    print("server:", what, *(row.id for row in session.execute(f"SELECT id FROM t WHERE {what} ALLOW FILTERING")))
print("server: COUNT(i)", session.execute("SELECT COUNT(i) FROM t").one()[0])
for id in (1, 2):
    print(f"server: IF i = null on row {id}:", session.execute(f"UPDATE t SET v = 1 WHERE id = {id} IF i = null").one()[0])
row = session.execute("SELECT i, at FROM t WHERE id = 1").one()
print("Python:", row.i, row.at)
cqltypes.Int32Type.support_empty_values = True
print("Python, told to:", session.execute("SELECT i FROM t WHERE id = 1").one().i)
cluster.shutdown()
PYTHON
npm install --silent --no-audit --no-fund cassandra-driver@4.10.0 >npm.log 2>&1 || { cat npm.log >&2; exit 1; }
cat >read.js <<'NODE'
const { Client } = require('cassandra-driver');
const { COCQL_CONTACT_POINTS: host, COCQL_PORT: port } = process.env;
const client = new Client({ contactPoints: [`${host}:${port}`], localDataCenter: 'datacenter1', keyspace: 'k' });
client.execute('SELECT i, at FROM t WHERE id = 1')
  .then((answer) => console.log('Node.js:', answer.rows[0].i, answer.rows[0].at))
  .finally(() => client.shutdown());
NODE
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.cassandra</groupId><artifactId>java-driver-core</artifactId><version>4.19.3</version></dependency>
  </dependencies>
</project>
XML
mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=jars -DincludeScope=runtime >mvn.log 2>&1 ||
    { cat mvn.log >&2; exit 1; }
cat >Read.java <<'JAVA'
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import java.net.InetSocketAddress;

class Read {
    public static void main(String[] arguments) {
        var node = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        try (CqlSession session = CqlSession.builder().addContactPoint(node).withLocalDatacenter("datacenter1").build()) {
            Row row = session.execute("SELECT i, at FROM k.t WHERE id = 1").one();
            System.out.println("Java: isNull " + row.isNull("i") + ", getObject " + row.getObject("i") + ", getInt "
                    + row.getInt("i") + ", getInstant " + row.getInstant("at"));
        }
    }
}
JAVA
mkdir go
cat >go/read.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

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
	var number *int
	var at time.Time
	check(session.Query("SELECT i, at FROM t WHERE id = 1").Scan(&number, &at))
	fmt.Println("Go: nil", number == nil)
	fmt.Println("Go:", *number, at.UTC())
}
GO
printf 'module read\n\ngo 1.24\n' >go/go.mod
(cd go && go get github.com/apache/cassandra-gocql-driver/v2@v2.1.2) >go.log 2>&1 || { cat go.log >&2; exit 1; }

{
    python/bin/python read.py
    node read.js
    java -cp "jars/*" Read.java "$COCQL_CONTACT_POINTS" "$COCQL_PORT" 2>java.log || cat java.log >&2
    (cd go && go run .) 2>go.log || cat go.log >&2
} >seen
cat seen
[ "$(cat seen)" = "server: i < -2147483648 1
server: i = 0
server: COUNT(i) 1
server: IF i = null on row 1: False
server: IF i = null on row 2: True
Python: None None
Python, told to: EMPTY
Node.js: null null
Java: isNull false, getObject null, getInt 0, getInstant null
Go: nil false
Go: 0 0001-01-01 00:00:00 +0000 UTC" ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
