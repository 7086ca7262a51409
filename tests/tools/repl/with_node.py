"""Tests of cocqlsh that have a node each, plain and with TLS."""

import os
import unittest

from node import Node, tls_of

CERTIFICATES = os.environ["COCQL_TEST_CERTIFICATES"]


class WithNode(unittest.TestCase):
    """Of those that derive from it one sets `tls`. It has the node, and what leads the shell to it."""

    tls = False

    def setUp(self):
        self.node = Node(tls_of(CERTIFICATES) if self.tls else None)
        self.node.start()
        self.addCleanup(self.node.stop)
        self.where = ["127.0.0.1", str(self.node.port)] + (["--tls-ca", f"{CERTIFICATES}/ca.pem"] if self.tls else [])
