"""Waits until every node serves, and says what it is waiting for."""

import time

from cql_probe import Connection, ProbeError, Tls
from errors import ClusterError
from options import Options
from topology import Node

USERNAME = PASSWORD = "cassandra"  # the superuser of a fresh Cassandra or ScyllaDB
REPORT_EVERY = 4.0
PAUSE = 0.25


def tls_of(node: Node, options: Options) -> Tls:
    folder = options.certificate_directory
    if node.client_auth:
        return Tls(folder / "ca.pem", folder / "client.pem", folder / "client.key")
    return Tls(folder / "ca.pem")


def check(node: Node, options: Options) -> None:
    """Raises ProbeError unless the node answers on each port, lets us in, and knows its whole ring."""
    username, password = (USERNAME, PASSWORD) if options.auth else (None, None)
    ports: list[tuple[int, Tls | None]] = [(node.plain_port, None)]
    if node.tls_port:
        ports.append((node.tls_port, tls_of(node, options)))
    for port, tls in ports:
        try:
            with Connection(node.address, port, tls) as connection:
                connection.options()
                connection.login(username, password)
                # Whoever answers must be the node that was started, not another server that took its place.
                if not connection.count(f"SELECT count(*) FROM system.local WHERE cluster_name = '{node.cluster}' "
                                        "ALLOW FILTERING"):
                    raise ProbeError(f"is not a node of {node.cluster}")
                peers = connection.count("SELECT count(*) FROM system.peers")
                if peers != node.ring_size - 1:
                    raise ProbeError(f"knows {peers} of {node.ring_size - 1} other nodes")
        except ProbeError as error:
            raise ProbeError(f"{node.address}:{port}: {error}") from error


def serves(node: Node, options: Options) -> None:
    """Raises ProbeError unless the node answers at all: enough for the next one to join it."""
    try:
        with Connection(node.address, node.plain_port) as connection:
            connection.options()
    except ProbeError as error:
        raise ProbeError(f"{node.address}:{node.plain_port}: {error}") from error


def wait(nodes: list[Node], options: Options, died, report, check=check) -> dict[str, float]:
    """Seconds until each node was ready. died(node) tells why a node will never be, or None."""
    start = time.monotonic()
    ready: dict[str, float] = {}
    reported = start
    while True:
        waiting = []
        for node in nodes:
            if node.name in ready:
                continue
            reason = died(node)
            if reason:
                raise ClusterError(f"{node.name} ({node.address}) ended: {reason}")
            try:
                check(node, options)
            except ProbeError as error:
                waiting.append((node, str(error)))
                continue
            ready[node.name] = time.monotonic() - start
            word = "serves" if check is serves else "is ready"
            report(f"{node.name} at {node.address} {word} after {ready[node.name]:.1f} s")
        if not waiting:
            return ready
        now = time.monotonic()
        if now - start > options.timeout:
            raise ClusterError("not ready in time: " + "; ".join(reason for _, reason in waiting))
        if now - reported >= REPORT_EVERY:
            reported = now
            places = ", ".join(f"{node.address}:{node.plain_port}" for node, _ in waiting)
            report(f"waiting for {places} … {now - start:.0f} s ({waiting[0][1]})")
        time.sleep(PAUSE)
