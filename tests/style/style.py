#!/usr/bin/env python3
"""The house's rules that a compiler does not check. Prints every breach as file:line: what; exits 1 if there is one."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Each room may include from itself and from the rooms named here; the public headers are open to all.
ROOMS = {
    "core/base": [],
    "core/wire": ["core/base"],
    "core/value": ["core/base", "core/wire"],
    "core/message": ["core/base", "core/wire", "core/value"],
    "core/protocol": ["core/base", "core/wire", "core/value", "core/message"],
    "core/routing": ["core/base"],
    "core/metadata": ["core/base", "core/value", "core/message", "core/routing"],
    "core/policy": ["core/base"],
    "io/stream": ["core/base"],
    "io/bridge": ["core/base", "core/protocol", "io/stream"],
    "io/connect": ["core/base", "core/protocol", "io/stream", "io/bridge"],
    "client/connection": ["core/base", "core/wire", "core/value", "core/message", "core/protocol",
                          "io/stream", "io/bridge", "io/connect"],
    "client/address": ["core/base", "io/bridge", "io/connect"],
    "client/control": ["core/base", "core/metadata", "core/policy", "io/stream", "io/bridge", "io/connect", "client/address", "client/connection"],
    "client/pool": ["core/base", "core/policy", "core/protocol", "core/routing", "io/stream", "io/bridge", "io/connect", "client/address", "client/connection"],
    "client/session": ["core/base", "core/message", "core/metadata", "core/policy", "core/routing", "io/stream", "io/bridge", "io/connect",
                       "client/address", "client/connection", "client/control", "client/pool"],
    "client/identifier": ["core/base", "core/value"],
    "testing": ["core/", "io/", "client/"],
}

# g++ 12 compiles a co_await inside these conditions wrongly.
CONDITION = re.compile(r"\b(if|while|switch)\s*\([^;]*\bco_await\b")
FOR_CONDITION = re.compile(r"\bfor\s*\([^;]*;[^;]*\bco_await\b")
DETACHED = re.compile(r"\basio::detached\b|\bdetached\b\s*\)")
INITIALIZER_LIST = re.compile(r"awaitable<[^;{]*\([^;{]*initializer_list")
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
CLOCK = re.compile(r"\b(steady_clock|system_clock|time_point::clock)::now\s*\(|\bthis_thread::|\bstd::thread\b")

# What is written for a real server, whichever and wherever that is.
FOR_REAL_SERVERS = ("tests/examples", "tests/live", "tests/performance", "tests/tools/repl/cocqlsh_test.py", "tools/bench/run",
                    "tools/demo", "tools/demo.cql", "tools/test")
OF_ONE_PLACE = re.compile(r"\b(9042|9142|19042|19142)\b")
OF_ONE_SERVER = re.compile(r"'class': *'SimpleStrategy'|\bsystem_auth\.")

breaches = []


def breach(path, line, what):
    breaches.append(f"{path.relative_to(ROOT)}:{line}: {what}")


def sources():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "lib", "include", "tests", "tools"],
                            cwd=ROOT, capture_output=True, text=True)
    names = listed.stdout.split("\n") if listed.returncode == 0 and listed.stdout else [
        str(path.relative_to(ROOT)) for top in ("lib", "include", "tests", "tools") for path in (ROOT / top).rglob("*")]
    return [ROOT / name for name in names if name.endswith((".hpp", ".cpp")) and (ROOT / name).is_file()]


def room_of(relative):
    for room in ROOMS:
        if relative.startswith(f"lib/{room}/"):
            return room
    return None


def check_include(path, relative, number, kind, name):
    if kind == '"' and relative.startswith("include/"):
        breach(path, number, f'public headers include only <cocql/…>, not "{name}"')
    if relative.startswith("include/") and re.match(r"(openssl/|boost/asio/ssl)", name):
        breach(path, number, f"public headers are free of TLS: <{name}>")
    if name.startswith("boost/asio/ssl") and relative != "lib/io/stream/tls_stream.cpp" and relative.startswith("lib/"):
        breach(path, number, "only lib/io/stream/tls_stream.cpp uses asio::ssl")
    if relative.startswith("lib/core/") and re.match(r"(boost/asio|openssl/)", name):
        breach(path, number, f"lib/core knows no Asio and no OpenSSL: <{name}>")
    if name.startswith("ares") and relative != "lib/io/connect/name_lookup.cpp":
        breach(path, number, "only lib/io/connect/name_lookup.cpp uses c-ares")
    if "boost/beast" in name:
        breach(path, number, "Boost.Beast is not used here")
    room = room_of(relative)
    if room and kind == '"':
        allowed = [room] + ROOMS[room]
        if not any(name.startswith(each if each.endswith("/") else each + "/") for each in allowed):
            breach(path, number, f'{room} must not include "{name}"')


def check(path):
    relative = str(path.relative_to(ROOT))
    lines = path.read_text(encoding="utf-8").split("\n")
    if len(lines) > 601:
        breach(path, len(lines), "over 600 lines: split it")
    for number, line in enumerate(lines, 1):
        code = line.split("//")[0]
        found = INCLUDE.match(line)
        if found:
            check_include(path, relative, number, *found.groups())
        if CONDITION.search(code) or FOR_CONDITION.search(code):
            breach(path, number, "co_await inside a condition, which g++ 12 miscompiles: name the result first")
        if DETACHED.search(code):
            breach(path, number, "a detached coroutine: nobody receives its exception")
        if INITIALIZER_LIST.search(code):
            breach(path, number, "a coroutine must not take an initializer_list")
        if relative.startswith("lib/core/") and CLOCK.search(code):
            breach(path, number, "lib/core reads no clock and starts no thread: time comes in as an argument")
    if relative.endswith(".hpp") and not any(line.strip() == "#pragma once" for line in lines):
        breach(path, 1, "a header without #pragma once")


def check_numbers():
    """Each numbered behaviour of tests/README.md has a test whose name begins with numbers that include it."""
    readme = ROOT / "tests" / "README.md"
    numbers = re.findall(r"^\| ([BDEHPXR]\d+) \|", readme.read_text(encoding="utf-8"), re.M)
    if len(numbers) != 32:
        breach(readme, 1, f"{len(numbers)} numbered behaviours, not 32")
    covered = set()
    for path in (ROOT / "tests").rglob("*.cpp"):
        for name in re.findall(r'TEST_CASE\(\s*"([^"]+)', path.read_text(encoding="utf-8")):
            covered.update(re.findall(r"\b[BDEHPXR]\d+\b", re.match(r"(?:[A-Z]\d* )*", name).group()))
    for number in numbers:
        if number not in covered:
            breach(readme, 1, f"no test's name begins with {number}")


def check_time_limits():
    """Without one a test has Meson's 30 seconds, which a machine that does other work besides takes for what needs two."""
    found = 0
    for path in (ROOT / "tests").rglob("meson.build"):
        text = path.read_text(encoding="utf-8")
        for begin in re.finditer(r"^ *test\(", text, re.M):
            depth, at = 1, begin.end()
            while depth and at < len(text):
                depth += {"(": 1, ")": -1}.get(text[at], 0)
                at += 1
            found += 1
            if not re.search(r"\btimeout: (long_)?time_limit\b", text[begin.end():at]):
                breach(path, text.count("\n", 0, begin.start()) + 1,
                       "a test without `timeout: time_limit` (or long_time_limit), see tests/meson.build")
    if found < 15:
        breach(ROOT / "tests" / "meson.build", 1, f"only {found} tests found; the check looks in the wrong place")


def check_for_real_servers():
    for name in FOR_REAL_SERVERS:
        top = ROOT / name
        for path in [top] if top.is_file() else sorted(each for each in top.rglob("*") if each.is_file() and each.suffix != ".pyc"):
            for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
                if OF_ONE_PLACE.search(line):
                    breach(path, number, "where the server is, the environment says: somebody else's may be on the usual port")
                if OF_ONE_SERVER.search(line):
                    breach(path, number, "Cassandra has this, and ScyllaDB has not: write what both have")


files = sources()
if len(files) < 50:
    sys.exit(f"style: only {len(files)} source files found; the check looks in the wrong place")
for each in files:
    check(each)
check_numbers()
check_time_limits()
check_for_real_servers()
for each in breaches:
    print(each)
print(f"style: {len(files)} files, {len(breaches)} breaches")
sys.exit(1 if breaches else 0)
