#!/usr/bin/env python3
"""Has ledger_writer write to nodes that are overloaded, too slow, and gone in between; then to some that do not want it.

    run_ledger_writer.py EXAMPLE_SERVER PROGRAM"""

import re
import sys

from example_server import ExampleServer, check

server, program = sys.argv[1:]
LEDGERS, OBJECTS = 3, 100


def ledgers_of(cluster):
    kept = dict(re.findall(r"^ledger (\d+) has (\d+) objects", cluster.told, re.M))
    said = dict(re.findall(r"^ledger (\d+) is said to have (\d+) objects", cluster.told, re.M))
    return kept, said


# Connections end when nothing else goes wrong: answers that are lost with them are the session's to care for.
trouble = (["fine"] * 5 + ["overloaded", "write_timeout", "lost", "unavailable"]) * 8 + ["fine"] * 20 + ["dropped"] + ["fine"] * 20
trouble += ["overloaded"] * 10
with ExampleServer(server, trouble) as cluster:
    out, _ = cluster.run(program, LEDGERS, OBJECTS, 16, 1)
expected = LEDGERS * (OBJECTS + 1)
written, acknowledged, repeated = map(int, re.fullmatch(r"(\d+) written, (\d+) acknowledged, (\d+) times repeated\n", out).groups())
check(written == acknowledged == expected, "all that was written was acknowledged")
check(repeated == 8 * 4 + 10, "what the servers have not taken was sent again, once for each failure")
check("faults left 0" in cluster.told, "all that was to go wrong has")
everything = {str(ledger): str(OBJECTS) for ledger in range(1, LEDGERS + 1)}
check(ledgers_of(cluster) == (everything, everything), "and nothing is lost")
# A write that timed out had been carried out, and was repeated; what lost its connection the session has repeated.
carried_out = sum(map(int, re.findall(r"carried out (\d+) of INSERT", cluster.told)))
check(carried_out >= expected + 8 + 1, "some were carried out twice")

with ExampleServer(server, ["fine"] * 150 + ["refused"]) as cluster:
    out, told = cluster.run(program, LEDGERS, OBJECTS, 16, 1, code=1)
check(out.startswith(f"{OBJECTS * 2 + 1} written, {OBJECTS * 2} acknowledged, 0 times"), "what is refused is not repeated")
check("only reading is allowed here" in told, "and told")
kept, said = ledgers_of(cluster)
check(kept == {"1": "100", "2": "99"} and said == {"1": "100"}, "a ledger with a hole is not announced")

with ExampleServer(server, ["overloaded"] * 1000) as cluster:
    out, told = cluster.run(program, 1, 10, 4, 1, 3, code=1)
check(out == "10 written, 0 acknowledged, 20 times repeated\n", "each was given up after three failures")
check("given up: " in told and "Overloaded" in told, "and why is told")
