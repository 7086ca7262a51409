#!/usr/bin/env python3
"""Programs that must not compile, each for the reason that it names: run.py SOURCE INCLUDE COMPILER…
Each must compile with -DRIGHT, so that nothing else is wrong with it. One that names compilers in its second line ("// only: g++ before
13, …") is refused by these alone and must compile with others, which is said."""

import pathlib
import subprocess
import sys

source, include, *compiler = sys.argv[1:]
macros = subprocess.run([*compiler, "-std=c++20", "-dM", "-E", "-x", "c++", "/dev/null"], capture_output=True, text=True).stdout
macros = dict(line.split(" ", 2)[1:] for line in macros.splitlines() if line.count(" ") >= 2)
is_old_gcc = "__clang__" not in macros and int(macros.get("__GNUC__", "99")) < 13
bad = 0
programs = sorted(pathlib.Path(source).glob("*.cpp"))
for program in programs:
    first, second = program.read_text(encoding="utf-8").split("\n")[:2]
    expected = first.removeprefix("// expect: ")
    everywhere = is_old_gcc or not second.startswith("// only: g++ before 13")
    command = [*compiler, "-std=c++20", "-fsyntax-only", "-I", include, str(program)]
    right = subprocess.run([*command, "-DRIGHT"], capture_output=True, text=True)
    wrong = subprocess.run(command, capture_output=True, text=True)
    if not everywhere:
        compiled = right.returncode == 0 and wrong.returncode == 0
        print(f"{program.name}: {'compiles, as it must:' if compiled else 'does not compile, though'} {second.removeprefix('// ')}"
              + ("" if compiled else "\n" + right.stderr + wrong.stderr))
        bad += not compiled
        continue
    reason = ("does not compile even when it is right:\n" + right.stderr if right.returncode != 0
              else "compiles" if wrong.returncode == 0
              else f"fails without saying '{expected}':\n{wrong.stderr}" if expected not in wrong.stderr
              else None)
    print(f"{program.name}: {reason or 'refused as it must be'}")
    bad += reason is not None
sys.exit(1 if bad or len(programs) < 5 else 0)
