"""What is running, in one file per cluster, written before a node starts so that nothing is ever lost."""

import contextlib
import fcntl
import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from errors import ClusterError
from options import Options
from topology import Node


@dataclass
class State:
    backend: str
    settings: dict
    nodes: list[Node]
    handles: dict[str, dict] = field(default_factory=dict)  # node name → what the back end needs to find it again
    engine: dict = field(default_factory=dict)
    ready: bool = False


# What a second "up" must agree with, and what "env" and "status" must know.
SETTINGS = ("tls", "tls_version", "auth", "client_auth", "mtls_node", "nodes", "first_address", "plain_port",
            "tls_port", "storage_port", "server", "image")


def settings_of(options: Options) -> dict:
    """None is "whatever is free" or "the usual": no wish."""
    return {key: getattr(options, key) for key in SETTINGS}


def _file(options: Options) -> Path:
    return options.state_directory / "state.json"


def load(options: Options) -> State | None:
    try:
        values = json.loads(_file(options).read_text())
    except FileNotFoundError:
        return None
    except json.JSONDecodeError as error:
        raise ClusterError(f"{_file(options)} is damaged ({error})") from error
    return State(**{**values, "nodes": [Node.from_json(node) for node in values["nodes"]]})


def save(options: Options, state: State) -> None:
    values = {**vars(state), "nodes": [node.to_json() for node in state.nodes]}
    temporary = _file(options).with_suffix(".new")
    temporary.write_text(json.dumps(values, indent=1))
    os.replace(temporary, _file(options))


MARK = ".cocql-cluster"


def create(options: Options) -> None:
    """The folder of one cluster, marked as ours: only a marked one is ever removed with all that is in it."""
    folder = options.state_directory
    remove(options)  # a run that was killed may have left it without a state
    if folder.exists() and any(folder.iterdir()):
        raise ClusterError(f"{folder} exists and is not a cluster's folder; choose another --directory or --name")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()


def remove(options: Options) -> None:
    folder = options.state_directory
    if not (folder / MARK).exists():
        return
    # The mark goes last, so that what is left of a removal that was killed can be told and removed later.
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != MARK:
            path.unlink()
    (folder / MARK).unlink()
    folder.rmdir()


@contextlib.contextmanager
def lock(options: Options):
    """One up or down at a time for a name; the lock goes with the process, however that ends."""
    options.directory.mkdir(parents=True, exist_ok=True)
    path = options.directory / f".{options.name}.lock"
    with open(path, "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ClusterError(f"another up or down of '{options.name}' is at work") from None
        yield
