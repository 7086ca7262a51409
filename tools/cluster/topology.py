"""Which nodes there are: addresses, ports, seeds and tokens. Pure; nothing is started here."""

import ipaddress
from dataclasses import asdict, dataclass

from options import MTLS_OFFSET, Options


@dataclass(frozen=True)
class Node:
    name: str
    cluster: str
    address: str
    seeds: tuple[str, ...]
    token: int
    ring_size: int
    plain_port: int
    tls_port: int | None
    storage_port: int
    client_auth: bool
    mtls_companion: bool = False

    def to_json(self) -> dict:
        return asdict(self)

    @staticmethod
    def from_json(values: dict) -> "Node":
        return Node(**{**values, "seeds": tuple(values["seeds"])})

    @property
    def ports(self) -> list[int]:
        return [self.plain_port, self.storage_port] + ([self.tls_port] if self.tls_port else [])


def _address(first: str, offset: int) -> str:
    return str(ipaddress.IPv4Address(first) + offset)


def _token(index: int, count: int) -> int:
    # Evenly spaced fixed tokens let all nodes start at once: nobody has to ask the ring for a free range.
    return -(2**63) + index * (2**64 // count)


def plan(options: Options) -> list[Node]:
    """The nodes of options that name a place (addresses.py finds one where they do not)."""
    addresses = [_address(options.first_address, index) for index in range(options.nodes)]
    cluster = f"cocql-{options.name}"
    tls_port = options.tls_port if options.tls else None
    nodes = [
        Node(f"node{index + 1}", cluster, address, (addresses[0],), _token(index, options.nodes), options.nodes,
             options.plain_port, tls_port, options.storage_port, options.client_auth)
        for index, address in enumerate(addresses)
    ]
    if options.mtls_node:
        # require_client_auth holds for a whole node, so a test that needs both kinds needs a second cluster.
        address = _address(options.first_address, MTLS_OFFSET)
        nodes.append(Node("mtls", f"{cluster}-mtls", address, (address,), 0, 1, options.plain_port, tls_port,
                          options.storage_port, True, mtls_companion=True))
    return nodes


def main_ring(nodes: list[Node]) -> list[Node]:
    return [node for node in nodes if not node.mtls_companion]
