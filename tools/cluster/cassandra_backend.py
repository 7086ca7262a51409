"""Nodes as plain Java processes, from the cached jars: no root, no installer."""

from pathlib import Path

import cassandra_command
import cassandra_jars
import node_files
import processes
from options import Options
from topology import Node


class CassandraBackend:
    name = "cassandra"
    one_by_one = False

    def __init__(self, options: Options, java: Path, jars: Path):
        self._options = options
        self._java = java
        self._jars = jars

    def engine(self) -> dict:
        return {}

    def _folder(self, node: Node) -> Path:
        return self._options.state_directory / node.name

    def _marker(self, name: str) -> str:
        # One argument of the command line that no other process on the machine has.
        return f"-Dcassandra.storagedir={self._options.state_directory / name / 'data'}"

    def prepare(self, node: Node) -> None:
        node_files.cassandra(node, self._options, self._folder(node), str(self._folder(node)))

    def command(self, node: Node) -> list[str]:
        folder = self._folder(node)
        jamm = cassandra_jars.jamm(self._jars) if self._jars.is_dir() else self._jars / "jamm-0.4.0.jar"
        return [str(self._java), *cassandra_command.arguments(
            node, str(self._jars), str(jamm), str(folder), str(folder / "data"), self._options.heap)]

    def start(self, node: Node) -> dict:
        return {"pid": processes.start(self.command(node), self._folder(node), self._folder(node) / "server.log")}

    def died(self, node: Node, handle: dict) -> str | None:
        return None if self.alive(node, handle) else "its process is gone"

    def alive(self, node: Node, handle: dict) -> bool:
        return processes.is_ours(handle["pid"], self._marker(node.name))

    def log_tail(self, node: Node, handle: dict, count: int) -> str:
        log = self._folder(node) / "server.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:]) if log.exists() else ""

    def stop(self, handles: dict[str, dict]) -> None:
        processes.end({handle["pid"]: self._marker(name) for name, handle in handles.items()})
        self.stop_unrecorded()

    def stop_unrecorded(self) -> None:
        """What a run started that was killed before it could write it down, or whose state was deleted."""
        processes.end(processes.with_argument(f"-Dcassandra.storagedir={self._options.state_directory}/"))
