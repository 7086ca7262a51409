"""Cassandra's jars, fetched once by mvn into the user's cache."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import versions
from errors import ClusterError

POM = Path(__file__).resolve().parent / "pom.xml"
# The version of Debian 12's maven defaults for plugins moves with maven, so it is named here.
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1"


def cache_root(environ=os.environ) -> Path:
    base = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME", "/root")) / ".cache")
    return Path(base) / "cocql"


def cache_directory(environ=os.environ) -> Path:
    return cache_root(environ) / f"cassandra-{versions.cassandra()}"


def jamm(directory: Path) -> Path:
    """Cassandra measures its memtables with this agent; the file name carries its version."""
    found = sorted(directory.glob("jamm-*.jar"))
    if len(found) != 1:
        raise ClusterError(f"expected one jamm-*.jar in {directory}, found {len(found)}; remove the folder and retry")
    return found[0]


def ensure(report) -> Path:
    """The folder of jars. It appears by rename, so a folder that exists is complete."""
    target = cache_directory()
    if target.is_dir():
        return target
    maven = shutil.which("mvn")
    if maven is None:
        raise ClusterError("Cassandra's jars are not cached and mvn is missing. On Debian: apt install maven")
    report(f"fetching Cassandra {versions.cassandra()} with mvn into {target} (once)")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="fetch-") as temporary:
        jars = Path(temporary) / "jars"
        command = [maven, "-q", "-B", "-f", str(POM), f"-Dcassandra.version={versions.cassandra()}",
                   f"{PLUGIN}:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if result.returncode != 0:
            raise ClusterError("mvn could not fetch Cassandra:\n" + "\n".join(result.stdout.splitlines()[-20:]))
        jamm(jars)
        try:
            jars.rename(target)
        except OSError:
            if not target.is_dir():  # otherwise another run was quicker, and its jars are as good
                raise
    return target
