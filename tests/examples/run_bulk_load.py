#!/usr/bin/env python3
"""Has bulk_load load rows of all kinds, some of which are not written right, or refused, or answered late.

    run_bulk_load.py EXAMPLE_SERVER PROGRAM"""

import csv
import io
import re
import subprocess
import sys
import time

from example_server import ExampleServer, check

server, program = sys.argv[1:]


def lines_of(rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def kept_by(cluster):
    return dict(re.findall(r"^text (.*?) = (.*)$", cluster.told, re.M))


odd = [["comma", "a,b"], ["quote", 'say "so"'], ["both", '",",'], ["nothing", ""], ["blank", " a b "], ["quoted, key", "ü"]]
rows = odd + [[f"key {i}", f"value {i}"] for i in range(1000)]
# What is written before connections end is written again, by the session.
with ExampleServer(server, ["fine"] * 300 + ["dropped"]) as cluster:
    out, told = cluster.run(program, 32, text=lines_of(rows[:500]) + "\n" + lines_of(rows[500:]).replace("\n", "\r\n"))
check(out == "1006 rows loaded, 0 failed\n" and not told, "all rows are loaded")
check(kept_by(cluster) == dict(rows), "as they were written")

wrong = ["one field", "a,b,c", '"open,b', '"a"b,c', 'a,"b']
text = lines_of(rows[:100]) + "\n".join(wrong) + "\n" + lines_of([["overloaded-1", "x"], ["write_timeout-1", "x"], ["refused-1", "x"]])
with ExampleServer(server) as cluster:
    out, told = cluster.run(program, 8, text=text, code=1)
check(out == "100 rows loaded, 8 failed\n", "eight have failed, the others not")
for number in range(101, 106):
    check(f"line {number}: not two fields\n" in told, "of what is written wrongly the line is told")
check(re.search("^line 106: .*Overloaded", told, re.M) and re.search("^line 107: .*Write_timeout", told, re.M), "and what the server says")
check("open" not in told, "what is in rows is not told")
check(kept_by(cluster).keys() == {key for key, _ in rows[:100]} | {"write_timeout-1"}, "a failed row may be there")

with ExampleServer(server) as cluster:
    began = time.monotonic()
    out, told = cluster.run(program, 3, text=lines_of([[f"late-{i}", "x"] for i in range(7)]))
    check(time.monotonic() - began >= 0.9, "seven answers of 0.3 s each, and never more than three rows on their way")

with ExampleServer(server, ["refused"] * 50) as cluster:
    out, told = cluster.run(program, text=lines_of(rows[:50]), code=1)
check(out == "0 rows loaded, 50 failed\n" and told.count("\n") == 10, "ten failures are told, all are counted")

dead = subprocess.run([program, "127.0.0.1:1"], input="", capture_output=True, text=True, timeout=60)
check(dead.returncode == 1 and "refused" in dead.stderr, "who is not there is told")
