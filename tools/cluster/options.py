"""The command line, as one immutable value that every other module takes."""

import argparse
import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]
BACKENDS = ("auto", "env", "docker", "podman", "cassandra")
MTLS_OFFSET = 10  # 127.0.0.11 beside 127.0.0.1: out of the way of up to ten nodes
PLAIN_PORT, TLS_PORT, STORAGE_PORT = 9042, 9142, 7000


@dataclass(frozen=True)
class Options:
    action: str
    backend: str = "auto"
    server: str = "scylla"
    image: str | None = None
    nodes: int = 1
    tls: bool = False
    tls_version: str = "both"
    auth: bool = False
    client_auth: bool = False
    mtls_node: bool = False
    # None: whatever is free (addresses.py).
    first_address: str | None = None
    plain_port: int | None = None
    tls_port: int | None = None
    storage_port: int | None = None
    heap: str = "512M"
    timeout: float = 600.0
    directory: Path = PROJECT_ROOT / "build" / "cluster"
    name: str = "default"
    dry_run: bool = False

    @property
    def state_directory(self) -> Path:
        """Everything of one cluster lives below this folder, and goes with it."""
        return self.directory / self.name

    @property
    def certificate_directory(self) -> Path:
        return self.state_directory / "certificates"


def _name(text: str) -> str:
    # The name becomes a folder and part of a container's name.
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", text):
        raise argparse.ArgumentTypeError("use lower-case letters, digits and '-'")
    return text


def _loopback(text: str) -> str:
    # A test server with a well-known password must never listen where others can reach it.
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if not address.is_loopback:
        raise argparse.ArgumentTypeError("only 127.0.0.0/8 is allowed")
    return str(address)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError("1 to 65535")
    return int(text)


def _nodes(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 9:
        raise argparse.ArgumentTypeError("1 to 9")
    return count


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="cluster", description="Starts and stops CQL servers for tests and demos.")
    p.add_argument("action", choices=("check", "up", "down", "env", "status"),
                   help="check: makes sure that up can be done, and starts nothing")
    p.add_argument("--backend", choices=BACKENDS, default="auto",
                   help="auto: the environment's cluster, else ScyllaDB in containers, else Cassandra from jars")
    p.add_argument("--server", choices=("scylla", "cassandra"), default="scylla", help="what the containers run")
    p.add_argument("--image", help="container image instead of the pinned one")
    p.add_argument("--nodes", type=_nodes, default=1, help="so many, at addresses that follow each other")
    p.add_argument("--tls", action="store_true", help="a TLS port beside the plain one, with fresh certificates")
    p.add_argument("--tls-version", choices=("1.2", "1.3", "both"), default="both")
    p.add_argument("--auth", action="store_true", help="passwords (cassandra/cassandra)")
    p.add_argument("--client-auth", action="store_true", help="the TLS ports demand client certificates")
    p.add_argument("--mtls-node", action="store_true",
                   help=f"one more, separate node at first address + {MTLS_OFFSET} that demands client certificates")
    p.add_argument("--first-address", type=_loopback, help="this one instead of one that is free")
    p.add_argument("--plain-port", type=_port, help=f"{PLAIN_PORT}, or another one where that is not free anywhere")
    p.add_argument("--tls-port", type=_port, help=f"{TLS_PORT}, or another one likewise")
    p.add_argument("--storage-port", type=_port, help=f"between the nodes: {STORAGE_PORT}, or another one likewise")
    p.add_argument("--heap", default="512M", help="of each Cassandra node")
    p.add_argument("--timeout", type=float, default=180.0, help="seconds until every node must be ready")
    p.add_argument("--directory", type=Path, default=Options.directory, help="where all state is kept")
    p.add_argument("--name", type=_name, default="default", help="several clusters run side by side by name")
    p.add_argument("--dry-run", action="store_true", help="print the configuration and command lines only")
    return p


def parse(arguments: list[str]) -> Options:
    p = parser()
    values = vars(p.parse_args(arguments))
    values["directory"] = values["directory"].resolve()
    # Client certificates exist only under TLS, so asking for them asks for TLS.
    if values["client_auth"] or values["mtls_node"]:
        values["tls"] = True
    return Options(**values)
