#!/bin/sh
# Asked for the least and greatest timeuuid of one millisecond, only one of four drivers answers as the server does: the
# others' range leaves out up to 9,999 of its 10,000 ticks, and that of Node.js is another one at each call.
#
# Apache Cassandra 5.0.6 (Maven Central, its classes without a server), java-driver-core 4.19.3 (Maven Central),
# cassandra-driver 3.30.1 (PyPI), cassandra-driver 4.10.0 (npm), Apache's gocql v2.1.2 (Go). A timeuuid counts ticks of
# 100 ns; a CQL timestamp has milliseconds. Of 2026-11-23T12:34:56.789Z, ticks above its first one:
#
#     server   minTimeuuid 0     maxTimeuuid 9999
#     Java     startOf 0         endOf 9999
#     Python   min_uuid_from_time 0    max_uuid_from_time 0
#     Go       MinTimeUUID 0     MaxTimeUUID 0
#     Node.js  TimeUuid.min 1, 3, 5 …    TimeUuid.max 2, 4, 6 …    (one counter for all calls; given 0 and 9999 as the
#              second argument they are as the server's)
#
# So "id <= max of t" with t as the server gives it, to the millisecond, finds what was made later in t if the server
# or Java makes the bound, and not if Python or Go does. TimeUuid.min may even be above its own TimeUuid.max and above
# ids that were made in t, and the same query asked twice has two ranges.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM # dash leaves out the EXIT trap otherwise
cd "$folder"

cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.cassandra</groupId><artifactId>cassandra-all</artifactId><version>5.0.6</version></dependency>
    <dependency><groupId>org.apache.cassandra</groupId><artifactId>java-driver-core</artifactId><version>4.19.3</version></dependency>
  </dependencies>
</project>
XML
mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=jars -DincludeScope=runtime >mvn.log 2>&1 ||
    { cat mvn.log >&2; exit 1; }
cat >Bounds.java <<'JAVA'
import com.datastax.oss.driver.api.core.uuid.Uuids;
import org.apache.cassandra.utils.TimeUUID;

class Bounds {
    public static void main(String[] arguments) {
        long when = Long.parseLong(arguments[0]);
        System.out.println("server " + TimeUUID.minAtUnixMillis(when).asUUID() + " " + TimeUUID.maxAtUnixMillis(when).asUUID());
        System.out.println("Java " + Uuids.startOf(when) + " " + Uuids.endOf(when));
    }
}
JAVA
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check cassandra-driver==3.30.1
cat >bounds.py <<'PYTHON'
import sys

from cassandra.util import datetime_from_timestamp, max_uuid_from_time, min_uuid_from_time

when = datetime_from_timestamp(int(sys.argv[1]) / 1000)
print("Python", min_uuid_from_time(when), max_uuid_from_time(when))
PYTHON
npm install --silent --no-audit --no-fund cassandra-driver@4.10.0 >npm.log 2>&1 || { cat npm.log >&2; exit 1; }
cat >bounds.js <<'NODE'
const { TimeUuid } = require('cassandra-driver').types;
const when = new Date(Number(process.argv[2]));
console.log('Node.js', `${TimeUuid.min(when)}`, `${TimeUuid.max(when)}`);
console.log('Node.js', `${TimeUuid.min(when)}`, `${TimeUuid.max(when)}`);
console.log('Node.js-told', `${TimeUuid.min(when, 0)}`, `${TimeUuid.max(when, 9999)}`);
NODE
mkdir go
cat >go/bounds.go <<'GO'
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

func main() {
	number, err := strconv.ParseInt(os.Args[1], 10, 64)
	if err != nil {
		panic(err)
	}
	when := time.UnixMilli(number)
	fmt.Println("Go", gocql.MinTimeUUID(when), gocql.MaxTimeUUID(when))
}
GO
printf 'module bounds\n\ngo 1.24\n' >go/go.mod
(cd go && go get github.com/apache/cassandra-gocql-driver/v2@v2.1.2) >go.log 2>&1 || { cat go.log >&2; exit 1; }

when=1795437296789 # 2026-11-23T12:34:56.789Z
{
    java -cp "jars/*" Bounds.java "$when" 2>java.log || cat java.log >&2
    python/bin/python bounds.py "$when"
    (cd go && go run . "$when")
    node bounds.js "$when"
} >bounds
cat bounds
cat >ticks.py <<'PYTHON'
import sys
import uuid

first = int(sys.argv[1]) * 10000 + 0x01B21DD213814000  # ticks from 1582-10-15 to 1970
for line in open("bounds"):
    name, *pair = line.split()
    print(name, *(uuid.UUID(each).time - first for each in pair))
PYTHON
seen=$(python/bin/python ticks.py "$when")
echo "$seen"
[ "$seen" = "server 0 9999
Java 0 9999
Python 0 0
Go 0 0
Node.js 1 2
Node.js 3 4
Node.js-told 0 9999" ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
