#!/usr/bin/env python3
"""What cocqlsh does when its server goes away and comes back, plain and with TLS: reconnect_test.py PROGRAM"""

import os
import tempfile
import unittest

from node import Node, tls_of
from running import PATIENCE, Terminal, shell

CERTIFICATES = os.environ["COCQL_TEST_CERTIFICATES"]


class Plain(unittest.TestCase):
    tls = False

    def setUp(self):
        self.node = Node(tls_of(CERTIFICATES) if self.tls else None)
        self.node.start()
        self.addCleanup(self.node.stop)
        self.where = ["127.0.0.1", str(self.node.port)] + (["--tls-ca", f"{CERTIFICATES}/ca.pem"] if self.tls else [])

    def open(self, *arguments):
        terminal = Terminal(*self.where, *arguments)
        self.addCleanup(os.close, terminal.master)
        terminal.read_until(r"cocqlsh\S*> ")
        return terminal

    def test_the_next_statement_connects_again_with_its_keyspace(self):
        terminal = self.open()
        terminal.run("USE ks;")
        self.node.stop()
        self.node.statements.clear()
        self.node.start()
        said = terminal.run("SELECT one;", "reconnected to ")
        self.assertRegex(said, r"The connection was lost: ")
        self.assertIn(f"reconnected to 127.0.0.1:{self.node.port}, keyspace ks", said)
        self.assertIn("cocqlsh:ks> ", said)
        self.assertEqual(self.node.statements, ['USE "ks"', "SELECT one"])
        self.assertNotIn("reconnected", terminal.run("SELECT two;"))
        self.assertEqual(terminal.end(), 0)
        self.assertEqual(self.node.connections, 2)

    def test_while_nobody_is_there_each_statement_says_so_and_tries(self):
        terminal = self.open()
        self.node.stop()
        for _ in range(2):
            said = terminal.run("SELECT one;", "the statement was not sent")
            self.assertIn("phase: tcp_connect", said)
            self.assertIn("Connection refused", said)
        terminal.run("CONSISTENCY QUORUM", "set to QUORUM")
        self.node.start()
        terminal.run("SELECT two;", "reconnected to ")
        self.assertNotIn("SELECT one", self.node.statements)
        self.assertEqual(self.node.statements[-1], "SELECT two")
        self.assertEqual(terminal.end(), 0)

    def test_a_statement_that_was_under_way_is_not_sent_again(self):
        terminal = self.open()
        terminal.run("INSERT drop;", "the request may have been executed")
        terminal.run("SELECT one;", "reconnected to ")
        self.assertEqual([s for s in self.node.statements if "SELECT c" not in s and "SELECT *" not in s],
                         ["INSERT drop", "SELECT one"])
        self.assertEqual(terminal.end(), 0)

    def test_a_keyspace_that_is_gone(self):
        terminal = self.open("-k", "ks")
        self.node.stop()
        self.node.keyspaces.clear()
        self.node.start()
        said = terminal.run("SELECT one;", "reconnected to ")
        self.assertIn("no longer in keyspace ks: Keyspace 'ks' does not exist", said)
        self.assertEqual(self.node.statements[-1], "SELECT one")
        self.assertNotIn("cocqlsh:ks> ", said)
        self.assertEqual(terminal.end(), 0)

    def test_ctrl_c_ends_the_attempt_and_the_statement_was_not_sent(self):
        terminal = self.open("--connect-timeout", "60")
        self.node.stop()
        self.node.deaf = True
        self.node.start()
        terminal.type("SELECT one;\r")
        self.assertTrue(self.node.heard.wait(PATIENCE))
        terminal.type("\x03")
        terminal.read_until(r"(?s)interrupted; the statement was not sent.*cocqlsh> ")
        self.node.stop()
        self.node.deaf = False
        self.node.start()
        terminal.run("SELECT two;", "reconnected to ")
        self.assertNotIn("SELECT one", self.node.statements)
        self.assertEqual(terminal.end(), 0)

    def test_between_two_pages(self):
        self.node.more_pages = True
        terminal = self.open()
        terminal.type("SELECT rows 3;\r")
        terminal.read_until("---MORE---")
        self.node.stop()
        self.node.more_pages = False
        self.node.start()
        terminal.type(" ")
        terminal.read_until(r"(?s)reconnected to .*\(6 rows\).*cocqlsh> ")
        self.assertEqual(terminal.end(), 0)

    def test_a_script_goes_on_when_the_server_is_there_again(self):
        ran = shell(*self.where, text="SELECT one;\nINSERT drop;\nSELECT two;\n")
        self.assertEqual(ran.returncode, 2)
        self.assertIn("<stdin>:2:", ran.stderr)
        self.assertIn("the request may have been executed", ran.stderr)
        self.assertIn("reconnected to", ran.stderr)
        self.assertEqual(self.node.statements, ["SELECT one", "INSERT drop", "SELECT two"])

    def test_a_script_ends_when_nobody_is_there(self):
        with tempfile.NamedTemporaryFile("w", suffix=".cql") as script:
            script.write("SELECT one;\nINSERT quit;\n" + "SELECT two;\n" * 1000)
            script.flush()
            ran = shell(*self.where, "-f", script.name)
        self.assertEqual(ran.returncode, 2)
        self.assertEqual(ran.stderr.count("Could not connect"), 1)
        self.assertIn(f"{script.name}:3:not connected; the statement was not sent", ran.stderr)
        self.assertIn(f"the statements after it in {script.name} are not executed", ran.stderr)
        self.assertEqual(self.node.statements, ["SELECT one", "INSERT quit"])


class WithTls(Plain):
    tls = True


if __name__ == "__main__":
    unittest.main(verbosity=1)
