#!/usr/bin/env python3
"""Cuts the first C++ block out of a Markdown file: extract.py README.md OUTPUT"""

import re
import sys

text = open(sys.argv[1], encoding="utf-8").read()
block = re.search(r"^```cpp\n(.*?)^```$", text, re.S | re.M)
if not block:
    sys.exit("no C++ block in " + sys.argv[1])
lines = block.group(1)
if len([line for line in lines.split("\n") if line.strip()]) > 20:
    sys.exit("the first example is longer than 20 lines")
open(sys.argv[2], "w", encoding="utf-8").write(lines)
