#!/usr/bin/env python3
"""What cocqlsh does when its server goes away and comes back, plain and with TLS: reconnect_test.py PROGRAM"""

import os
import tempfile
import time
import unittest

from running import PATIENCE, Terminal, shell
from with_node import WithNode


class Plain(WithNode):
    def until(self, condition):
        limit = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.005)

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

    def test_a_node_that_restarts_between_two_statements(self):
        """It is connected to while nobody asks for anything, and the next statement tells of it."""
        terminal = self.open()
        terminal.run("USE ks;")
        self.node.stop()
        self.node.start()
        self.until(lambda: self.node.statements[-1] == 'USE "ks"')
        said = terminal.run("SELECT one;", "reconnected to ")
        self.assertRegex(said, r"The connection was lost: .*the peer closed the connection")
        self.assertEqual(self.node.told[-1], (2, "ks", "SELECT one"))
        self.assertNotIn("reconnected", terminal.run("SELECT two;"))
        self.assertEqual(self.node.connections, 2)
        self.assertEqual(terminal.end(), 0)

    def test_the_last_use_is_the_one_that_counts(self):
        self.node.keyspaces = {"a", "b"}
        terminal = self.open("-k", "a")
        terminal.run("USE b;")
        terminal.run("USE nope;", "Keyspace 'nope' does not exist")
        self.node.stop()
        self.node.start()
        self.assertIn(", keyspace b", terminal.run("SELECT one;", "reconnected to "))
        self.assertEqual(self.node.told[-1][1:], ("b", "SELECT one"))
        self.assertEqual(terminal.end(), 0)

    def log_in(self, *arguments):
        self.node.accounts = {"me": "mine", "you": "yours"}
        return self.open("-u", "me", "-p", "mine", "--insecure-password-without-warning", *arguments)

    def test_login_with_a_wrong_password_keeps_the_login_that_there_was(self):
        terminal = self.log_in()
        terminal.run("USE ks;")
        said = terminal.run("LOGIN you 'wrong'", "LOGIN failed; still connected as before")
        self.assertIn("try:   check -u and -p", said)
        self.assertIn("me@cocqlsh:ks> ", said)
        terminal.run("SELECT one;")
        self.assertEqual(self.node.told[-1], (1, "ks", "SELECT one"))
        self.node.stop()
        self.node.start()
        terminal.run("SELECT two;", "reconnected to ")
        self.assertEqual(self.node.logins, [("me", "mine"), ("you", "wrong"), ("me", "mine")])
        self.assertEqual(terminal.end(), 0)

    def test_login_is_of_the_connections_after_it(self):
        terminal = self.log_in()
        terminal.run("LOGIN you 'yours'")
        self.until(lambda: len(self.node.open) == 1)
        self.node.stop()
        self.node.start()
        terminal.run("SELECT one;", "reconnected to ")
        self.assertEqual(self.node.logins, [("me", "mine"), ("you", "yours"), ("you", "yours")])
        self.assertEqual(terminal.end(), 0)

    def test_a_password_that_was_changed_meanwhile(self):
        terminal = self.log_in()
        self.node.stop()
        self.node.accounts = {"me": "other"}
        self.node.start()
        said = terminal.run("SELECT one;", "the statement was not sent")
        self.assertIn("try:   check -u and -p", said)
        terminal.run("LOGIN me 'other'")
        self.assertNotIn("lost", terminal.run("SELECT two;"))
        self.assertEqual(self.node.statements[-1], "SELECT two")
        self.assertEqual(terminal.end(), 0)

    def test_a_node_that_says_nothing_is_waited_for_as_long_as_connecting_may_take(self):
        terminal = self.open("--connect-timeout", "1")
        self.node.stop()
        self.node.deaf = True
        self.node.start()
        said = terminal.run("SELECT one;", "the statement was not sent")
        self.assertIn(f"Could not connect to 127.0.0.1:{self.node.port}", said)
        self.assertIn("phase: tls_handshake" if self.tls else "phase: options", said)
        self.assertIn("timed out", said)
        self.assertEqual(terminal.end(), 0)

    def test_ctrl_c_ends_a_statement_and_not_the_connection(self):
        terminal = self.open()
        terminal.run("USE ks;")
        for _ in range(2):
            self.node.silenced.clear()
            terminal.type("SELECT silent;\r")
            self.assertTrue(self.node.silenced.wait(PATIENCE))
            terminal.type("\x03")
            terminal.read_until(r"(?s)interrupted; the statement may still be executed.*cocqlsh:ks> ")
        terminal.run("SELECT one;")
        self.assertEqual(self.node.told[-1], (1, "ks", "SELECT one"))
        self.assertEqual(terminal.end(), 0)

    def test_after_ctrl_c_at_use_the_keyspace_is_the_one_before(self):
        """Which one the connection is in by then nobody knows: it is replaced, and that is no news."""
        terminal = self.open("-k", "ks")
        terminal.type("USE silent;\r")
        self.assertTrue(self.node.silenced.wait(PATIENCE))
        terminal.type("\x03")
        terminal.read_until(r"(?s)interrupted; the statement may still be executed.*cocqlsh:ks> ")
        said = terminal.run("SELECT one;")
        self.assertNotIn("reconnected", said)
        self.assertNotIn("given up", said)
        self.assertEqual(self.node.told[-1], (2, "ks", "SELECT one"))
        self.assertEqual(terminal.end(), 0)

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
        self.assertEqual(self.node.told[-1][1], "")
        # Nobody tries to be in it any more.
        self.until(lambda: len(self.node.open) == 1)
        self.assertNotIn("reconnected", terminal.run("SELECT two;"))
        self.assertEqual(terminal.end(), 0)

    def test_ctrl_c_ends_the_attempt_and_the_statement_was_not_sent(self):
        terminal = self.open("--connect-timeout", "60")
        self.node.stop()
        self.node.deaf = True
        self.node.start()
        terminal.type("SELECT one;\r")
        # An attempt may have been made before: this is of the statement.
        terminal.read_until("The connection was lost: ")
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
