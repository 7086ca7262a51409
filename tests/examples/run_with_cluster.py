#!/usr/bin/env python3
"""Runs an example with a scripted cluster of three nodes with two shards each, which ends when its input does.

    run_with_cluster.py CLUSTER_SERVER PROGRAM"""

import subprocess
import sys

server, program = sys.argv[1:]
with subprocess.Popen([server, "3", "2", "0", "1", "0", "plain", "250"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                      text=True) as cluster:
    try:
        _, host, port = cluster.stdout.readline().split()
        ran = subprocess.run([program, f"{host}:{port}"], capture_output=True, text=True, timeout=200)
        told, _ = cluster.communicate("", timeout=30)
    finally:
        cluster.kill()
print(ran.stdout + ran.stderr + told)
assert ran.returncode == 0, "the example says that something is wrong"
assert told.count("asked SELECT v FROM app.t WHERE k = ?") == 1, "it is the example that asked"
