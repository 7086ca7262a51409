#!/usr/bin/env python3
"""Programs that must not compile, each for the reason that it names: run.py SOURCE INCLUDE COMPILER…
Each must compile with -DRIGHT, so that nothing else is wrong with it."""

import pathlib
import subprocess
import sys

source, include, *compiler = sys.argv[1:]
bad = 0
programs = sorted(pathlib.Path(source).glob("*.cpp"))
for program in programs:
    expected = program.read_text(encoding="utf-8").split("\n")[0].removeprefix("// expect: ")
    command = [*compiler, "-std=c++20", "-fsyntax-only", "-I", include, str(program)]
    right = subprocess.run([*command, "-DRIGHT"], capture_output=True, text=True)
    wrong = subprocess.run(command, capture_output=True, text=True)
    reason = ("does not compile even when it is right:\n" + right.stderr if right.returncode != 0
              else "compiles" if wrong.returncode == 0
              else f"fails without saying '{expected}':\n{wrong.stderr}" if expected not in wrong.stderr
              else None)
    print(f"{program.name}: {reason or 'refused as it must be'}")
    bad += reason is not None
sys.exit(1 if bad or len(programs) < 5 else 0)
