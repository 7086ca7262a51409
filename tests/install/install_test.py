#!/usr/bin/env python3
"""Installs into an empty folder and builds the README's first example there with pkg-config alone, and tests that use cocql_testing:
install_test.py BUILD SOURCE COMPILER…"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

build, source, *compiler = sys.argv[1:]
options = json.loads(subprocess.run(["meson", "introspect", "--buildoptions", build], capture_output=True, text=True, check=True).stdout)
sanitizer = next(each["value"] for each in options if each["name"] == "b_sanitize")
if sanitizer != "none":
    print(f"skipped: built with b_sanitize={sanitizer}, which a program outside would have to know")
    sys.exit(77)

with tempfile.TemporaryDirectory(prefix="cocql-install-") as folder:
    root = pathlib.Path(folder)
    subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", str(root / "root")],
                   check=True, env={**os.environ, "DESTDIR": str(root / "root")})
    installed = [path.relative_to(root / "root") for path in (root / "root").rglob("*") if path.is_file()]
    names = {path.name for path in installed}
    for name in ("cocql.pc", "cocql.hpp", "libcocql.a", "cocqlsh", "cocql_testing.pc", "scripted_node.hpp", "scripted_cluster.hpp", "libcocql_testing.a"):
        assert name in names, f"{name} was not installed; there are {sorted(names)}"
    package = next((root / "root").rglob("cocql.pc")).parent
    # The library folder's name differs from system to system: lib, lib64, lib/x86_64-linux-gnu.
    prefix = next(folder for folder in package.parents if (folder / "include").is_dir())

    def flags_of(name):
        return subprocess.run(["pkg-config", "--define-variable=prefix=" + str(prefix), "--cflags", "--libs", name],
                              capture_output=True, text=True, check=True,
                              env={**os.environ, "PKG_CONFIG_PATH": str(package)}).stdout.split()

    flags = flags_of("cocql")
    subprocess.run([sys.executable, f"{source}/tests/examples/extract.py", f"{source}/README.md", str(root / "first.cpp")], check=True)
    subprocess.run([*compiler, "-std=c++20", str(root / "first.cpp"), *flags, "-o", str(root / "first")], check=True, cwd=folder)
    ran = subprocess.run([str(root / "first"), "127.0.0.1", "1"], capture_output=True, text=True)
    assert ran.returncode == 1 and "Connection refused" in ran.stderr, ran
    for example in ("with_scripted_node", "with_scripted_cluster", "with_cluster_in_memory"):
        tested = str(root / example)
        subprocess.run([*compiler, "-std=c++20", f"{source}/tests/examples/{example}.cpp", *flags_of("cocql_testing"),
                        "-o", tested], check=True, cwd=folder)
        subprocess.run([tested], check=True, timeout=300)
    version = subprocess.run([str(next((root / "root").rglob("cocqlsh"))), "--version"], capture_output=True, text=True, check=True)
    print(version.stdout, f"{len(installed)} files installed; a program outside of the tree builds with:", " ".join(flags))
