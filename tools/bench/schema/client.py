#!/usr/bin/env python3
"""client.py ADDRESS PORT: ScyllaDB's Python driver connects and reads the whole schema; prints what that took."""

import json
import sys
import time

from cassandra.cluster import Cluster

address, port = sys.argv[1], int(sys.argv[2])
cpu, wall = time.process_time(), time.monotonic()
cluster = Cluster([address], port=port)
cluster.connect()
took = {"wall_ms": (time.monotonic() - wall) * 1000, "cpu_ms": (time.process_time() - cpu) * 1000}
keyspaces = cluster.metadata.keyspaces.values()
read = {what: sum(len(getattr(keyspace, what)) for keyspace in keyspaces) for what in ("tables", "views", "indexes", "user_types")}
read["columns"] = sum(len(table.columns) for keyspace in keyspaces for table in [*keyspace.tables.values(), *keyspace.views.values()])
cluster.shutdown()
print(json.dumps(took | read))
