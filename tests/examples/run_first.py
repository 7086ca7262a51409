#!/usr/bin/env python3
"""Runs the README's first example: against the node of the environment if there is one, and against a dead port, where
it must say what is wrong."""

import os
import subprocess
import sys

program = sys.argv[1]
dead = subprocess.run([program, "127.0.0.1", "1"], capture_output=True, text=True, timeout=300)
print(dead.stdout + dead.stderr)
assert dead.returncode != 0, "a dead port must fail"
assert "Connection refused" in dead.stderr, "the cause must be named"

host = os.environ.get("COCQL_CONTACT_POINTS", "").split(",")[0]
if not host:
    print("no node in the environment (COCQL_CONTACT_POINTS): only the failure was tried")
    sys.exit(0)
arguments = [program, host, os.environ["COCQL_TLS_PORT"], os.environ["COCQL_CA"]]
live = subprocess.run(arguments, capture_output=True, text=True, timeout=300)
print(live.stdout + live.stderr)
assert live.returncode == 0 and "TLSv1" in live.stdout, "the example must work on a real node"
