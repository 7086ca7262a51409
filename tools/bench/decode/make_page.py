#!/usr/bin/env python3
"""Writes the body of a RESULT/Rows with 5,000 rows of 10 columns: make_page.py FILE"""

import random
import struct
import sys

COLUMNS = [("id", 0x02), ("sensor", 0x09), ("name", 0x0D), ("place", 0x0D), ("reading", 0x07), ("valid", 0x04),
           ("device", 0x0C), ("taken_at", 0x0B), ("note", 0x0D), ("raw", 0x03)]
ROWS = 5000
chance = random.Random(1)


def text(word):
    return struct.pack(">H", len(word)) + word.encode()


def cell(content):
    return struct.pack(">i", -1) if content is None else struct.pack(">i", len(content)) + content


def row(number):
    return b"".join(cell(content) for content in (
        struct.pack(">q", number), struct.pack(">i", number % 97), b"sensor %d" % number,
        b"hall %d, by the window" % (number % 50), struct.pack(">d", number / 7), bytes([number % 2]),
        chance.randbytes(16), struct.pack(">q", 1700000000000 + number), None if number % 3 else b"checked by hand",
        chance.randbytes(24)))


body = struct.pack(">iii", 2, 1, len(COLUMNS)) + text("bench") + text("measurements")
body += b"".join(text(name) + struct.pack(">H", kind) for name, kind in COLUMNS)
body += struct.pack(">i", ROWS) + b"".join(row(number) for number in range(ROWS))
open(sys.argv[1], "wb").write(body)
