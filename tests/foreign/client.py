#!/usr/bin/env python3
"""client.py ADDRESS PORT READS CA SHARDS [blind]: ScyllaDB's Python driver against a scripted cluster. Waits until it has all its
connections, reads the schema, writes and reads with prepared statements. CA "-": plain. Blind: it
asks the nodes in turn, whoever has the key."""

import ssl
import sys
import time

from cassandra import ConsistencyLevel
from cassandra.cluster import Cluster, ExecutionProfile, EXEC_PROFILE_DEFAULT
from cassandra.policies import DCAwareRoundRobinPolicy, TokenAwarePolicy


def wait_for_shards(session, shards, limit=60):
    """The driver opens connections to further shards in the background and has no call that waits for them. What the cluster
    counts may not be known here yet, so it must be so for a while."""
    end = time.monotonic() + limit
    in_a_row = 0
    while in_a_row < 10:
        if time.monotonic() > end:
            raise SystemExit(f"after {limit} s not every shard has a connection")
        connected = session.execute("SELECT connected FROM app.shards").one().connected
        in_a_row = in_a_row + 1 if connected == shards else 0
        time.sleep(0.02)


def main():
    address, port, reads, ca, shards = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
    context = None
    if ca != "-":
        context = ssl.create_default_context(cafile=ca)
    policy = DCAwareRoundRobinPolicy("dc1")
    if sys.argv[6:] != ["blind"]:
        policy = TokenAwarePolicy(policy)
    profile = ExecutionProfile(load_balancing_policy=policy)
    cluster = Cluster([address], port=port, ssl_context=context, execution_profiles={EXEC_PROFILE_DEFAULT: profile})
    session = cluster.connect()
    wait_for_shards(session, shards)
    table = cluster.metadata.keyspaces["app"].tables["t"]
    columns = {name: column.cql_type for name, column in table.columns.items()}
    if columns != {"k": "text", "v": "text"} or [each.name for each in table.partition_key] != ["k"]:
        raise SystemExit(f"the schema was read as {columns}")
    put = session.prepare("INSERT INTO app.t (k, v) VALUES (?, ?)")
    find = session.prepare("SELECT v FROM app.t WHERE k = ?")
    for statement in (put, find):  # the others' default is a quorum
        statement.consistency_level = ConsistencyLevel.LOCAL_QUORUM
    for i in range(reads // 10):
        session.execute(put, (f"key {i}", f"value {i}"))
    for i in range(reads):
        rows = list(session.execute(find, (f"key {i}",)))
        if len(rows) != 1 or rows[0].v != f"value of key {i}":
            raise SystemExit(f"read {i}: {rows}")
    cluster.shutdown()


main()
