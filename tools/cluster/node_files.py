"""Writes what a node reads: its configuration and, under TLS, its certificates."""

from pathlib import Path

import cassandra_config
import scylla_config
from options import Options
from topology import Node


def cassandra(node: Node, options: Options, target: Path, seen_as: str) -> None:
    """seen_as: the path under which the node itself sees the folder (in a container another one)."""
    target.mkdir(parents=True, exist_ok=True)
    (target / "cassandra.yaml").write_text(cassandra_config.yaml(node, options.auth, options.tls_version, seen_as))
    (target / "logback.xml").write_text(cassandra_config.LOGBACK)
    if node.tls_port:
        folder = options.certificate_directory
        keystore = target / "keystore.pem"
        keystore.touch(mode=0o600)
        # One PEM with key and chain is what PEMBasedSslContextFactory reads: no keytool is needed.
        keystore.write_text((folder / "node.key").read_text() + (folder / "node.pem").read_text())
        (target / "ca.pem").write_text((folder / "ca.pem").read_text())


def scylla(node: Node, options: Options, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    (target / "scylla.yaml").write_text(scylla_config.yaml(node, options.auth, options.tls_version))
    (target / "supervisord.conf").write_text(scylla_config.SUPERVISOR)
    if node.tls_port:
        folder = options.certificate_directory
        for source in ("ca.pem", "node.pem", "node.key"):
            # Readable for all: in the image the server need not run as the user that made the file.
            (target / source).write_text((folder / source).read_text())
            (target / source).chmod(0o644)
