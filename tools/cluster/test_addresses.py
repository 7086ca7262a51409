#!/usr/bin/env python3
"""Tests of the choice of addresses and ports; no server is started."""

import ipaddress
import os
import random
import shlex
import socket
import sys
import unittest
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import addresses  # noqa: E402
import options as options_module  # noqa: E402
import ports  # noqa: E402
import scylla_config  # noqa: E402
import topology  # noqa: E402
from errors import ClusterError  # noqa: E402


# Claims are real ones, and these tests may run twice at once: each run has folders and addresses that nobody else has.
OWN = f"/{os.getpid()}-{random.getrandbits(64):x}"
BASE = ipaddress.IPv4Address("127.91.0.0") + random.randrange(4096) * 16


def parse(text: str) -> options_module.Options:
    arguments = shlex.split(text)
    return options_module.parse([*arguments, *([] if "--directory" in arguments else ["--directory", OWN])])


class Addresses(unittest.TestCase):
    def chosen(self, text: str, busy=lambda address, port: False, others=ports.none_besides, refused=frozenset()):
        with addresses.reserved(parse(text), others, refused, busy) as placed:
            return placed

    def test_not_where_everybody_is(self):
        placed = self.chosen("up --tls --nodes 9 --mtls-node")
        self.assertEqual((placed.plain_port, placed.tls_port, placed.storage_port), (9042, 9142, 7000))
        for node in topology.plan(placed):
            self.assertTrue(node.address.startswith("127.90."), node.address)

    def test_the_same_folder_comes_to_the_same_place(self):
        one, other = f"up --directory {OWN}/one", f"up --directory {OWN}/other"
        self.assertEqual(self.chosen(one), self.chosen(one))
        self.assertNotEqual(self.chosen(one).first_address, self.chosen(other).first_address)

    def test_a_block_with_one_server_in_it_is_passed_over(self):
        first = self.chosen("up").first_address
        # Only the third of a ring of three is left, and the new one wants a single node.
        left = str(ipaddress.IPv4Address(first) + 2)
        self.assertNotEqual(self.chosen("up", busy=lambda address, port: (address, port) == (left, 7000)).first_address, first)

    def test_servers_on_all_addresses(self):
        # As a published port of a container has it, or rpc_address 0.0.0.0.
        for taken in ({9042}, {9142}, {7000}, {9042, 9142, 7000}, {9042, 9242, 9442}):
            placed = self.chosen("up --tls", busy=lambda address, port: port in taken)
            self.assertFalse({placed.plain_port, placed.tls_port, placed.storage_port} & taken)

    def test_servers_on_all_addresses_for_scylla(self):
        for taken in ({9180}, {10000}, {19042}, {9042, 9142, 9180, 10000, 19042, 19142}):
            placed = self.chosen("up --tls", busy=lambda address, port: port in taken, others=scylla_config.other_ports)
            node = topology.plan(placed)[0]
            self.assertFalse({*node.ports, *scylla_config.other_ports(node)} & taken)

    def test_really_on_all_addresses(self):
        kinds = [{}, *([{"family": socket.AF_INET6, "dualstack_ipv6": True}] if socket.has_dualstack_ipv6() else [])]
        for kind in kinds:
            with socket.create_server(("", 0), **kind) as foreign:
                port = foreign.getsockname()[1]
                with mock.patch.object(addresses, "PLAIN_PORT", port), mock.patch.object(addresses, "SHIFTS", (0, 200)):
                    with addresses.reserved(parse("up")) as placed:
                        self.assertEqual(placed.plain_port, port + 200)

    def test_chosen_by_the_user_and_taken(self):
        with self.assertRaisesRegex(ClusterError, f"{BASE}:9042.*--first-address"):
            self.chosen(f"up --first-address {BASE}", busy=lambda address, port: port == 9042)
        with self.assertRaisesRegex(ClusterError, ":1234.*--plain-port"):
            self.chosen("up --plain-port 1234", busy=lambda address, port: port == 1234)

    def test_ports_that_meet(self):
        with self.assertRaisesRegex(ClusterError, "twice on 9042"):
            self.chosen("up --tls --tls-port 9042")
        with self.assertRaisesRegex(ClusterError, "twice on 9180"):
            self.chosen("up --tls --tls-port 9180", others=scylla_config.other_ports)
        with self.assertRaisesRegex(ClusterError, "70000"):
            self.chosen("up --plain-port 60000", others=scylla_config.other_ports)

    def test_two_never_get_the_same(self):
        with addresses.reserved(parse("up --nodes 3")) as one, addresses.reserved(parse("up")) as other:
            self.assertNotEqual(one.first_address, other.first_address)
        with addresses.reserved(parse("up --nodes 3")) as again:
            self.assertEqual(again, one)
        with addresses.reserved(parse(f"up --first-address {BASE + 2} --plain-port 1")):
            with self.assertRaisesRegex(ClusterError, "another up"), \
                    addresses.reserved(parse(f"up --first-address {BASE + 1} --nodes 2 --plain-port 1")):
                pass

    def test_a_server_is_seen_and_not_disturbed(self):
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(("127.0.0.1", 0))
            port = server.getsockname()[1]
            self.assertFalse(ports.busy("127.0.0.1", port))
            server.listen(1)
            self.assertTrue(ports.busy("127.0.0.1", port))
            self.assertFalse(ports.busy("127.0.0.2", port))


if __name__ == "__main__":
    unittest.main()
