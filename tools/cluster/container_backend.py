"""Nodes as containers on the host's network."""

import time

import container_command
import node_files
import versions
from container_engine import Engine, last_line
from errors import ClusterError
from options import Options
from topology import Node

JAMM = "jamm-0.4.0.jar"  # of Cassandra 5.0, in Apache's image and in ours
INSPECT_EVERY = 2.0


def image_of(options: Options, kind: str) -> str:
    if options.image:
        return options.image
    pins = versions.read()
    if options.server == "scylla":
        return pins["scylla_image"]
    local = versions.local_image()
    try:
        present = Engine(kind).run(["image", "inspect", local]).returncode == 0
    except FileNotFoundError:
        present = True  # no engine: only --dry-run comes here, which shows the usual case
    return local if present else pins["cassandra_image"]


class ContainerBackend:
    def __init__(self, options: Options, engine: Engine, image: str):
        self.name = engine.kind
        self._options = options
        self._engine = engine
        self._image = image
        # ScyllaDB lets one node after another join; Cassandra with fixed tokens starts all at once.
        self.one_by_one = options.server == "scylla"
        self._inspected: dict[str, float] = {}

    def engine(self) -> dict:
        return self._engine.to_json()

    def prepare(self, node: Node) -> None:
        target = self._options.state_directory / node.name
        if self._options.server == "scylla":
            node_files.scylla(node, self._options, target)
        else:
            node_files.cassandra(node, self._options, target, container_command.CONFIG_DIRECTORY)

    def command(self, node: Node) -> list[str]:
        return container_command.run(self.name, self._options, node, self._image, JAMM)

    def handle(self, node: Node) -> dict:
        return {"container": container_command.container_name(self._options, node)}

    def start(self, node: Node) -> dict:
        self._engine.must(self.command(node)[1:])
        return self.handle(node)

    def died(self, node: Node, handle: dict) -> str | None:
        # Asking the engine costs a process, so not on every round of waiting.
        now = time.monotonic()
        if now - self._inspected.get(node.name, 0) < INSPECT_EVERY:
            return None
        self._inspected[node.name] = now
        return None if self.alive(node, handle) else "its container is not running"

    def alive(self, node: Node, handle: dict) -> bool:
        return self._inspect(handle["container"], "{{.State.Running}}") == "true"

    def log_tail(self, node: Node, handle: dict, count: int) -> str:
        result = self._engine.run(["logs", "--tail", str(count), handle["container"]])
        return (result.stdout + result.stderr).strip()

    def stop(self, handles: dict[str, dict]) -> None:
        """Removes the containers; what they stored goes with them, so nothing is gained by a gentle end."""
        for handle in handles.values():
            self._remove(handle["container"])
        self.stop_unrecorded()

    def stop_unrecorded(self) -> None:
        """What a run started whose state was deleted."""
        label = container_command.label(self._options)
        for name in self._engine.must(["ps", "--all", "--filter", f"label={label}", "--format", "{{.Names}}"]).split():
            self._remove(name)

    def _remove(self, name: str) -> None:
        owner = self._inspect(name, '{{index .Config.Labels "cocql.directory"}}')
        if owner is None:
            return
        if owner != str(self._options.state_directory):
            raise ClusterError(f"container {name} belongs to {owner or 'somebody else'}; it is left alone")
        quick = ["--time=0"] if self.name == "podman" else []
        self._engine.must(["rm", "--force", "--volumes", *quick, name])

    def _inspect(self, name: str, template: str) -> str | None:
        result = self._engine.run(["container", "inspect", "--format", template, name])
        if result.returncode == 0:
            return result.stdout.strip()
        if "no such" in result.stderr.lower():
            return None
        raise ClusterError(f"{self.name} container inspect {name}: {last_line(result.stderr)}")
