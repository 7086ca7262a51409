#!/bin/sh
# Cassandra's avg() of decimals is not their average: of 300 prices of 1.00 and 700 of 2.00, in this order, it is 1.00, in
# the other order 2.00, and of 1 and 2 it is 1. sum() / count() are 1.70 and 1.5, and so is avg() of doubles.
#
# Apache Cassandra 5.0.6 (Maven Central, started by tools/cluster), asked by cassandra-driver 3.30.1 (PyPI).
#
# The average is moved by each row, by a part of the row's distance to it that is the smaller the more rows there were, and
# this step is rounded to the digits that the numbers have, each time. Where the part is less than half of the
# last digit the average stands still: prices with two digits after the point that are 1.00 apart no longer move it
# from the 200th row on, whatever comes. So it depends on the order of the rows, hangs on what was first, and even its
# first digit is wrong, with nothing to see it by. sum() is exact; avg(CAST(price AS double)) is near enough.
#
#     rows                               avg      sum / count
#     1, 2                               1        1.5
#     2, 1, 1.00                         1.67     1.33…
#     1.00, 1, 2                         1.33     1.33…
#     300 times 1.00, 700 times 2.00     1.00     1.70
#     700 times 2.00, 300 times 1.00     2.00     1.70
#     the same in turns                  1.54     1.70
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
cluster() { "$here/tools/cluster/cluster" "$@" --name finding --directory "$folder/cluster"; }
trap 'cluster down >"$folder/log" 2>&1 || cat "$folder/log" >&2; rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM # dash leaves out the EXIT trap otherwise
cluster up --backend cassandra >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
eval "$(cluster env)"
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check cassandra-driver==3.30.1
seen=$("$folder/python/bin/python" - <<'PYTHON'
import os
from decimal import Decimal

from cassandra.cluster import Cluster
from cassandra.concurrent import execute_concurrent_with_args

cluster = Cluster([os.environ["COCQL_CONTACT_POINTS"]], port=int(os.environ["COCQL_PORT"]), protocol_version=5)
session = cluster.connect()
session.execute("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
session.set_keyspace("k")
session.execute("CREATE TABLE t (shop int, sale int, price decimal, PRIMARY KEY (shop, sale))")
insert = session.prepare("INSERT INTO t (shop, sale, price) VALUES (1, ?, ?)")
query = """SELECT avg(price) AS avg, sum(price) AS sum, count(price) AS count, avg(CAST(price AS double)) AS double
    FROM t WHERE shop = 1"""
for name, prices in (
    ("1, 2", ["1", "2"]),
    ("2, 1, 1.00", ["2", "1", "1.00"]),
    ("1.00, 1, 2", ["1.00", "1", "2"]),
    ("300 times 1.00, 700 times 2.00", ["1.00"] * 300 + ["2.00"] * 700),
    ("700 times 2.00, 300 times 1.00", ["2.00"] * 700 + ["1.00"] * 300),
    ("the same in turns", ["1.00", "2.00", "2.00"] * 300 + ["2.00"] * 100),
):
    execute_concurrent_with_args(session, insert, [(at, Decimal(price)) for at, price in enumerate(prices)])
    row = session.execute(query).one()
    print(f"{name}: avg {row.avg}, sum / count {row.sum / row.count:.4f}, avg of doubles {row.double:.4f}")
    session.execute("TRUNCATE t")
cluster.shutdown()
PYTHON
)
echo "$seen"
[ "$seen" = "1, 2: avg 1, sum / count 1.5000, avg of doubles 1.5000
2, 1, 1.00: avg 1.67, sum / count 1.3333, avg of doubles 1.3333
1.00, 1, 2: avg 1.33, sum / count 1.3333, avg of doubles 1.3333
300 times 1.00, 700 times 2.00: avg 1.00, sum / count 1.7000, avg of doubles 1.7000
700 times 2.00, 300 times 1.00: avg 2.00, sum / count 1.7000, avg of doubles 1.7000
the same in turns: avg 1.54, sum / count 1.7000, avg of doubles 1.7000" ] ||
    { echo "that has changed: see the head of this script" >&2; exit 1; }
