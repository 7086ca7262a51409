"""Finds loopback addresses and ports that nobody has, and keeps other runs off them until the servers listen there.

Linux answers on all of 127.0.0.0/8, and a server on 127.0.0.1, as everybody has who works with CQL, is in nobody's way on
127.90.17.33. A server on 0.0.0.0 is, for its port is then taken on every address: other ports are tried then.
"""

import contextlib
import dataclasses
import errno
import hashlib
import ipaddress
import socket
from dataclasses import dataclass
from typing import Callable, Iterator

import ports
import topology
from errors import ClusterError
from options import MTLS_OFFSET, PLAIN_PORT, STORAGE_PORT, TLS_PORT, Options
from topology import Node

FIRST = ipaddress.IPv4Address("127.90.0.0")
# Nodes are at 1 to 9 of a block, a separate one at 11.
BLOCK = 16
BLOCKS = 4096
assert MTLS_OFFSET + 1 < BLOCK
# What the ports are moved by: below those that the system gives to clients, and such that no moved port meets another.
SHIFTS = range(0, 4001, 200)


class Stolen(ClusterError):
    """Somebody took a port after it had been found free."""


@dataclass(frozen=True)
class Claim:
    """Keeps addresses from other runs, of any user, as long as this process lives.

    A name in the abstract namespace goes with the process, however that ends, and is seen exactly where the loopback
    addresses are: in this network namespace.
    """
    sockets: list[socket.socket]

    def release(self) -> None:
        for one in self.sockets:
            one.close()


def claim(addresses: list[str]) -> Claim | None:
    """None if another run has one of them."""
    made = Claim([])
    for address in addresses:
        one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.sockets.append(one)
        try:
            one.bind(f"\0cocql-cluster/{address}")
        except OSError as error:
            made.release()
            if error.errno == errno.EADDRINUSE:
                return None
            raise
    return made


def placed_at(options: Options, address: str, shift: int) -> Options:
    return dataclasses.replace(
        options, first_address=address, plain_port=options.plain_port or PLAIN_PORT + shift,
        tls_port=options.tls_port or TLS_PORT + shift, storage_port=options.storage_port or STORAGE_PORT + shift)


def _whole_block(node: Node) -> Iterator[Node]:
    """The node at each address of its block: a ring that has lost some of its nodes still has all of its addresses."""
    start = int(ipaddress.IPv4Address(node.address)) // BLOCK * BLOCK
    for offset in range(1, BLOCK - 1):
        yield dataclasses.replace(node, address=str(ipaddress.IPv4Address(start + offset)))


def candidates(options: Options) -> Iterator[Options]:
    """Complete options, in the order in which they are to be tried. One folder comes to the same place each time, if
    it can, and another folder to another one."""
    if options.first_address:
        yield placed_at(options, options.first_address, 0)
        return
    digest = hashlib.sha256(str(options.state_directory).encode()).digest()
    start = int.from_bytes(digest[:4], "big")
    for shift in (0,) if options.plain_port or options.tls_port or options.storage_port else SHIFTS:
        for step in range(BLOCKS):
            block = (start + step) % BLOCKS
            yield placed_at(options, str(FIRST + block * BLOCK + 1), shift)


@contextlib.contextmanager
def reserved(options: Options, others: Callable[[Node], list[int]] = ports.none_besides, refused=frozenset(),
             busy=ports.busy) -> Iterator[Options]:
    """Options with a place that is free, which no other run gets as long as the context lasts.

    others(node): ports that only this kind of server opens; refused: places that have been tried in vain.
    """
    taken: list[str] = []
    for placed in candidates(options):
        if placed in refused:
            continue
        nodes = topology.plan(placed)
        ports.require_different(nodes[0], others)
        held = claim([node.address for node in nodes])
        if held is None:
            taken = [f"{placed.first_address} (by another up)"]
            continue
        try:
            taken = ports.taken(nodes, others, busy)
            if not taken and not options.first_address:
                taken = ports.taken(_whole_block(nodes[0]), others, busy)
            if not taken:
                yield placed
                return
        finally:
            held.release()
    raise ClusterError(f"already in use: {', '.join(taken) or 'all that was tried'} (ss -ltnp shows by whom); end that "
                       "program, or choose --first-address, --plain-port, --tls-port or --storage-port")
