"""Finds a Java that Cassandra 5.0 runs on: 11 or 17, nothing newer (it installs a SecurityManager)."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from errors import ClusterError

SUPPORTED = (11, 17)


@dataclass(frozen=True)
class Java:
    path: Path
    major: int


def _major(path: Path) -> int | None:
    result = subprocess.run([str(path), "-version"], capture_output=True, text=True)
    match = re.search(r'version "(\d+)', result.stderr)
    return int(match.group(1)) if result.returncode == 0 and match else None


def candidates(environ: dict[str, str]) -> list[Path]:
    """In order: what the user names, what the shell would run, what Debian installs."""
    found = []
    if environ.get("JAVA_HOME"):
        found.append(Path(environ["JAVA_HOME"]) / "bin" / "java")
    on_path = shutil.which("java", path=environ.get("PATH"))
    if on_path:
        found.append(Path(on_path))
    found += sorted(Path("/usr/lib/jvm").glob("*/bin/java"))
    return [path for path in found if path.is_file()]


def find(environ: dict[str, str] | None = None) -> Java:
    seen = []
    for path in candidates(dict(os.environ) if environ is None else environ):
        major = _major(path)
        if major in SUPPORTED:
            return Java(path, major)
        seen.append(f"{path} is Java {major or 'of an unknown version'}")
    looked = "; ".join(seen) if seen else "none found in JAVA_HOME, PATH or /usr/lib/jvm"
    raise ClusterError(f"Cassandra needs Java 11 or 17 ({looked}). On Debian: apt install openjdk-17-jre-headless")
