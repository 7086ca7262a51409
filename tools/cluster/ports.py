"""Which ports a node opens, and which of them somebody else has."""

import errno
import socket
from typing import Callable, Iterable

from errors import ClusterError
from topology import Node


def busy(address: str, port: int) -> bool:
    """Whether a server listens there, on this address or on all of them."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose old connections linger is free. Not to listen is enough to be told of those who
        # do, and stands in nobody's way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
            raise ClusterError(f"cannot listen at {address}:{port}: {error.strerror}") from error
        return False


def none_besides(_: Node) -> list[int]:
    return []


def taken(nodes: Iterable[Node], others: Callable[[Node], list[int]] = none_besides, busy=busy) -> list[str]:
    """others(node): ports that only this kind of server opens."""
    return [f"{node.address}:{port}" for node in nodes for port in [*node.ports, *others(node)]
            if busy(node.address, port)]


def require_different(node: Node, others: Callable[[Node], list[int]] = none_besides) -> None:
    every = [*node.ports, *others(node)]
    twice = sorted({port for port in every if every.count(port) > 1})
    if twice:
        raise ClusterError(f"a node would listen twice on {', '.join(map(str, twice))}: it opens {sorted(every)}; choose "
                           "other ports")
    wrong = [port for port in every if port > 65535]
    if wrong:
        raise ClusterError(f"a node would listen on {', '.join(map(str, wrong))}, which is no port; choose lower ones")
