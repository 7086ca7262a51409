"""Says before any start which port is taken; a server would say it late, deep in its log."""

import errno
import socket

from errors import ClusterError
from topology import Node


def busy(address: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose old connections linger is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
            raise
        return False


def require_free(nodes: list[Node], others=lambda node: []) -> None:
    """others(node): ports that only this kind of server opens."""
    taken = [f"{node.address}:{port}" for node in nodes for port in [*node.ports, *others(node)]
             if busy(node.address, port)]
    if taken:
        raise ClusterError(f"already in use: {', '.join(taken)} (ss -ltnp shows by whom); end that program, or choose "
                           "--first-address, --plain-port, --tls-port or --storage-port")
