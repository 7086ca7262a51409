#!/usr/bin/env python3
"""Reads random files with Python's configparser, which cqlsh uses, and with ours, and compares: ini_file_test.py PROGRAM [FILES [SEED]]"""

import configparser
import io
import random
import struct
import subprocess
import sys

# Pieces that mean something, in files and in values, and some that only look so.
PIECES = ["[ssl]", "[ui]", "[DEFAULT]", "[default]", "[", "]", "a", "b", "Ab", "certfile", "=", ":", "==", " = ", ": ", "\n", "\n", "\n", "\r\n", "\r",
          "\n ", "\n  ", "\n\t", "\n\n", " ", "\t", ";", "#", "; c", "# c", "%", "%%", "%(a)s", "%(B)s", "%(ab)s", "%(", ")s", "%(nope)s", "x y",
          "\u00a0", "\u2003", "\u3000", "\x1c", "\x85", "\x0b", "\x0c", "\u200b", "é", "漢", "𝄞", "\0", "\"", "'", "~/x", "/", "1", "on"]
LINES = ["[ssl]", "[ui] ; c", "  [x]", "[DEFAULT]", "a = 1", "b: 2", "  c = 3", "    d = 4", "a", "A = 5", "e =", "f = %(a)s", "g = %%(a)s", "h = %(f)s-%(g)s",
         "   more", "\tmore", "", "  ", "# c", "  ; c", "= 1", "i == 2", "j = a = b : c", "[]", "[]]", "[a]b]", "%(a)s = 1", "a\u00a0= 1", "\u2003k = 1"]


def random_file(chance):
    begin = chance.choice(["", "[ssl]\n", "[a]\n", "[ui]\na = 1\n", "# c\n [DEFAULT]\r\nb: 2\r\n"])
    if chance.random() < 0.4:
        return begin + "".join(chance.choice(PIECES) for _ in range(chance.randrange(20)))
    return begin + "".join(chance.choice(LINES) + chance.choice(["\n", "\n", "\n", "\r\n", "\r"]) for _ in range(chance.randrange(9)))


def hexadecimal(text):
    return "=" + text.encode().hex()


def of_python(content):
    """The lines that ours is to print, and the line of the error if there is one."""
    parser = configparser.ConfigParser()
    try:
        parser.read_file(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
    except configparser.ParsingError as error:  # MissingSectionHeaderError too
        return None, getattr(error, "lineno", None) or error.errors[0][0]
    except (configparser.DuplicateOptionError, configparser.DuplicateSectionError) as error:
        return None, error.lineno
    lines = []
    for section in parser.sections():
        own = parser._sections[section]
        for name in [*own, *(name for name in parser.defaults() if own and name not in own)]:
            try:
                read = hexadecimal(parser.get(section, name))
            except configparser.InterpolationError:
                read = "!"
            lines.append(f"{hexadecimal(section)} {hexadecimal(name)} {hexadecimal(parser.get(section, name, raw=True))} {read}")
    return sorted(lines), 0


def of_ours(lines):
    """The same of the next file in what was printed."""
    found = []
    for line in lines:
        if line.startswith("refused "):
            return None, int(line.split()[1])
        if line == ".":
            # An entry of [DEFAULT] that a section has as well is printed twice.
            return sorted(set(found)), 0
        found.append(line)
    raise AssertionError("the program ended early")


def main(program, files=20000, seed=None):
    seed = random.randrange(1 << 32) if seed is None else int(seed)
    print(f"{files} files, seed {seed}")
    chance = random.Random(seed)
    contents = [random_file(chance).encode() for _ in range(int(files))]
    ran = subprocess.run([program], input=b"".join(struct.pack(">I", len(each)) + each for each in contents), capture_output=True, check=True)
    printed = iter(ran.stdout.decode().split("\n"))
    refused = different = 0
    for content in contents:
        (theirs, their_line), (mine, my_line) = of_python(content), of_ours(printed)
        refused += theirs is None
        # Python tells of a line without = only at the end, and of what it may have met later on first.
        if theirs == mine and (theirs is not None or 0 < my_line <= their_line):
            continue
        different += 1
        if different <= 5:
            print(f"{content!r}\n  Python: {theirs} {their_line}\n  ours:   {mine} {my_line}")
    print(f"{refused} refused, {different} differ")
    if not len(contents) // 10 < refused < len(contents) * 9 // 10:
        print("too few or too many are refused for a comparison of both")
        return 1
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
