#!/usr/bin/env python3
"""Has lightweight_transactions pay into accounts while servers answer what they may answer to a conditional update.

    run_lightweight_transactions.py EXAMPLE_SERVER PROGRAM"""

import re
import subprocess
import sys

from example_server import ExampleServer, check

server, program = sys.argv[1:]
UNKNOWN = 3


def balances(cluster):
    return {name: int(sum_) for name, sum_ in re.findall(r"^account (\S+) = (-?\d+)$", cluster.told, re.M)}


# A read, an update, and where it is not known what has become of that another read.
faults = ["fine", "fine",  # 100
          "fine", "write_timeout", "fine",  # 120: told of a time-out, and found
          "fine", "lost", "fine", "fine",  # 125: the same answer, not found, and done again
          "fine", "dropped", "fine",  # 130: no answer, and found
          "fine", "overloaded", "fine", "unavailable", "fine", "fine",  # 140: which may be said in the midst of it, too
          "fine", "refused"]
with ExampleServer(server, faults) as cluster:
    check(cluster.run(program, "Ada", 100) == ("Ada has 100\n", ""), "the first one makes the account")
    out, told = cluster.run(program, "Ada", 20)
    check(out == "Ada has 120\n" and told.startswith("unknown") and "Write_timeout" in told, "a time-out of what was carried out")
    out, told = cluster.run(program, "Ada", 5)
    check(out == "Ada has 125\n" and told.startswith("unknown"), "a time-out of what was not")
    out, told = cluster.run(program, "Ada", 5)
    check(out == "Ada has 130\n" and told.startswith("unknown"), "a connection that has ended")
    out, told = cluster.run(program, "Ada", 10)
    check(out == "Ada has 140\n" and told.count("unknown") == 2, "a server that has too much to do, then too few replicas")
    out, told = cluster.run(program, "Ada", 7, code=1)
    check(not out and "only reading" in told, "a refusal is no secret")
    check(cluster.run(program, "Ada", -40) == ("Ada has 100\n", ""), "nothing has happened")
check(balances(cluster) == {"Ada": 100}, "each was carried out once")

with ExampleServer(server, ["fine", "write_timeout", "overloaded", "fine", "overtaken", "fine", "overloaded",
                            "fine", "cut", "fine", "refused", "fine", "cut"]) as cluster:
    out, told = cluster.run(program, "Ada", 1, code=UNKNOWN)
    check(out == "it is not known whether Ada has got it\n", "nobody to ask")
    cluster.run(program, "Ada", 1, code=UNKNOWN)
    _, told = cluster.run(program, "Ada", 1, code=1)
    check(told.count("\n") == 1 and "Overloaded" in told, "of a read that fails there is no doubt")
    _, told = cluster.run(program, "Ada", 1, code=UNKNOWN)
    check(told.startswith("unknown") and "only reading" in told, "what nobody has answered may still be on its way")
    out, told = cluster.run(program, "Ada", 1)
    check(out == "Ada has 3\n" and told.startswith("unknown"), "it was not, and was done again")
check(balances(cluster) == {"Ada": 3}, "as was said")

with ExampleServer(server) as cluster:
    rivals = [subprocess.Popen([program, cluster.where, "Grace", "1"], stdout=subprocess.PIPE, text=True) for _ in range(6)]
    try:
        said = sorted(each.communicate(timeout=60)[0] for each in rivals)
    finally:
        for each in rivals:
            each.kill()
    check(all(each.returncode == 0 for each in rivals), "everybody's turn comes")
check(said == [f"Grace has {sum_}\n" for sum_ in range(1, 7)] and balances(cluster) == {"Grace": 6}, "and nothing is lost")
