"""A folder in which the cluster command finds nodes that only look like servers, and the command's leavings are found."""

import contextlib
import os
import shlex
import signal
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import cassandra_jars  # noqa: E402

# Tests may be run where Ctrl-C is ignored, and what they start would inherit that.
for _number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_number) == signal.SIG_IGN:
        signal.signal(_number, lambda *_: None)


class Surroundings:
    """`folder` is removed in the end; `programs` comes first in the PATH of `environment`."""

    def __init__(self, engines: tuple[str, ...] = ("podman",)):
        self._temporary = tempfile.TemporaryDirectory(prefix="cocql-tests-")
        self.folder = Path(self._temporary.name)
        self.programs = self.folder / "bin"
        self.programs.mkdir()
        for name in ("java", "podman"):
            self.program(name, f"exec {shlex.quote(sys.executable)} {shlex.quote(str(HERE / name))} \"$@\"")
        for name in {"docker", "podman"} - {*engines}:
            self.program(name, "echo 'out of order' >&2; exit 1")
        jars = self.folder / "cache" / "cocql" / cassandra_jars.cache_directory().name
        jars.mkdir(parents=True)
        (jars / "jamm-0.4.0.jar").touch()
        self.containers = self.folder / "containers"
        self.containers.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COCQL_", "SCYLLA_"))}
        self.environment = {**kept, "JAVA_HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder / "cache"),
                            "PATH": f"{self.programs}:{kept['PATH']}", "COCQL_FAKE_PODMAN": str(self.containers)}

    def program(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def processes(self, below: str = "") -> list[int]:
        """All that run and name something below the folder."""
        where = os.fsencode(f"{self.folder}/{below}")
        found = []
        for path in Path("/proc").iterdir():
            if path.name.isdigit() and int(path.name) != os.getpid():
                with contextlib.suppress(OSError):
                    command = (path / "cmdline").read_bytes()
                    if where in command:
                        found.append(int(path.name))
        return found

    def nodes(self, below: str = "") -> list[int]:
        found = []
        for pid in self.processes(below):
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                if b"testing/java\0-X" in command or b"testing/podman\0serve" in command:
                    found.append(pid)
        return found

    def close(self) -> None:
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._temporary.cleanup()
