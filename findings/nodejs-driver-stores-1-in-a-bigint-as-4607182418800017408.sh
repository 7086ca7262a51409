#!/bin/sh
# Given the number 1 without preparing, the Node.js driver stores 4607182418800017408 in a bigint or varint, and adds as much to
# a counter; given microseconds for USING TIMESTAMP, it writes what nothing later can replace. Only an int is refused.
#
# cassandra-driver 4.10.0 (npm) on Apache Cassandra 5.0.6 (Maven Central, started by tools/cluster).
#
# That it sends a number as a double where it does not know better is in its manual. What comes of it is not: the server
# takes the eight bytes for whatever has eight, or any number of them, and only an int says "Expected 4 or 0
# byte int (8)", which is why one would think that the others are found out as well. So, without { prepare: true },
#   - bigint and varint: 1 is 4607182418800017408 (the bits of 1.0), and n = n + 1 adds that to a counter;
#   - timestamp: Date.now() is stored as a moment that the driver then reads as null, and "at > ?" finds no row;
#   - USING TIMESTAMP ? of 2026 is 4835040549728327712, some 150,000 years from now: an UPDATE that follows has no effect.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
cluster() { "$here/tools/cluster/cluster" "$@" --name finding --directory "$folder/cluster"; }
trap 'cluster down >"$folder/log" 2>&1 || cat "$folder/log" >&2; rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM # dash leaves out the EXIT trap otherwise
cluster up --backend cassandra >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
eval "$(cluster env)"
cd "$folder"
npm install --silent --no-audit --no-fund cassandra-driver@4.10.0 >npm.log 2>&1 || { cat npm.log >&2; exit 1; }
cat >numbers.js <<'NODE'
const { Client } = require('cassandra-driver');
const { COCQL_CONTACT_POINTS: host, COCQL_PORT: port } = process.env;
const client = new Client({ contactPoints: [`${host}:${port}`], localDataCenter: 'datacenter1' });
const now = 1795437296789; // 2026-11-23T12:34:56.789Z
const show = async (name, query) => {
  const row = (await client.execute(query)).rows[0];
  console.log(`${name}:`, row.keys().map((key) => `${key} ${row[key] instanceof Date ? row[key].toJSON() : row[key]}`).join(', '));
};
const told = (name) => (error) => console.log(`${name}:`, error.message);
(async () => {
  await client.execute("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
  await client.execute('CREATE TABLE k.t (id text PRIMARY KEY, i int, b bigint, at timestamp, f float, v varint)');
  await client.execute('CREATE TABLE k.c (id text PRIMARY KEY, n counter)');
  await client.execute('CREATE TABLE k.e (id text, at timestamp, PRIMARY KEY (id, at))');
  for (const prepare of [false, true]) {
    const name = prepare ? 'prepared' : 'not prepared';
    await client.execute("INSERT INTO k.t (id, b) VALUES ('a', ?)", [1], { prepare }).catch(told(name));
    await client.execute("INSERT INTO k.t (id, v) VALUES ('a', ?)", [1], { prepare }).catch(told(name));
    await client.execute("INSERT INTO k.t (id, at) VALUES ('a', ?)", [now], { prepare }).catch(told(name));
    await show(name, "SELECT b, v, at FROM k.t WHERE id = 'a'").catch(told(name));
    await client.execute("UPDATE k.c SET n = n + ? WHERE id = 'a'", [1], { prepare }).catch(told(name));
    await show(name, "SELECT n FROM k.c WHERE id = 'a'");
    await client.execute("INSERT INTO k.e (id, at) VALUES ('a', '2026-11-30 00:00Z')");
    const later = await client.execute("SELECT at FROM k.e WHERE id = 'a' AND at > ?", [now], { prepare });
    console.log(`${name}: later than ${now}: ${later.rowLength} row`);
    await client.execute("INSERT INTO k.t (id, i) VALUES (?, 1) USING TIMESTAMP ?", [name, now * 1000], { prepare });
    await client.execute("UPDATE k.t SET i = 2 WHERE id = ?", [name]);
    const row = (await client.execute(`SELECT i, WRITETIME(i) AS at FROM k.t WHERE id = '${name}'`)).rows[0];
    console.log(`${name}: i ${row.i}, at ${Math.abs(row.at / 1000 - Date.now()) < 600000 ? 'now' : row.at}`);
    await client.execute("INSERT INTO k.t (id, i) VALUES ('a', ?)", [1], { prepare }).catch(told(name));
  }
})().finally(() => client.shutdown());
NODE
seen=$(timeout 120 node numbers.js)
echo "$seen"
[ "$seen" = "not prepared: b 4607182418800017408, v 4607182418800017408, at null
not prepared: n 4607182418800017408
not prepared: later than 1795437296789: 0 row
not prepared: i 1, at 4835040549728327712
not prepared: Expected 4 or 0 byte int (8)
prepared: b 1, v 1, at 2026-11-23T12:34:56.789Z
prepared: n 4607182418800017409
prepared: later than 1795437296789: 1 row
prepared: i 2, at now" ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
