#!/usr/bin/env python3
"""Has paging read a thousand rows in several runs, one of which fails in the middle.

    run_paging.py EXAMPLE_SERVER PROGRAM"""

import pathlib
import re
import sys
import tempfile

from example_server import ExampleServer, check

server, program = sys.argv[1:]
EVERYTHING = [f"{i} event {i}" for i in range(1000)]

with tempfile.TemporaryDirectory() as folder:
    mark = pathlib.Path(folder, "bookmark")
    # The first run reads a page, and may ask for the next one ahead; the second one fails at one of its first.
    with ExampleServer(server, ["fine", "fine", "fine", "fine", "overloaded"]) as cluster:
        first, _ = cluster.run(program, "today", mark, 1, code=3)
        check(first.splitlines() == EVERYTHING[:100] and mark.exists(), "one page")
        second, told = cluster.run(program, "today", mark, code=1)
        end = 100 + len(second.splitlines())
        check(100 < end < 600 and end % 100 == 0 and second.splitlines() == EVERYTHING[100:end], "some pages, then a failure")
        check("Overloaded" in told and "goes on from here" in told, "which is told")
        third, _ = cluster.run(program, "today", mark)
        check(third.splitlines() == EVERYTHING[end:], "the others")
        check(not mark.exists() and [*pathlib.Path(folder).iterdir()] == [], "and there is no bookmark any more")
        again, _ = cluster.run(program, "today", mark)
        check(again.splitlines() == EVERYTHING, "from the beginning, in one go")
        cluster.run(program, "today", pathlib.Path(folder, "nowhere", "bookmark"), code=1)
        mark.write_bytes(b"yesterday\nwhatever")
        out, told = cluster.run(program, "today", mark, code=1)
        check(not out and "the bookmark of another day" in told and mark.exists(), "a bookmark of another day")
        mark.write_bytes(b"today\nof another statement")
        out, told = cluster.run(program, "today", mark, code=1)
        check(not out and "is the bookmark of something else" in told and mark.exists(), "a bookmark that the server does not take")
    check(re.search(r"carried out (\d+) of SELECT number", cluster.told), "by the statement that was prepared")
