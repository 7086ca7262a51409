#!/usr/bin/env python3
"""SHOW CLUSTER against a scripted cluster, plain and with TLS: cluster_test.py PROGRAM PLAY_CLUSTER"""

import os
import re
import subprocess
import tempfile
import time
import unittest

from cluster import Cluster
from running import ENVIRONMENT, PATIENCE, PROGRAM, Terminal, shell, text_of

CERTIFICATES = os.environ["COCQL_TEST_CERTIFICATES"]
HEADER = ["address", "data_center", "rack", "state", "version", "shards", "connections", "requests", "answer_ms",
          "median_ms", "p99_ms"]


def rows_of(shown):
    """What the table has: a list of names with their texts."""
    lines = shown.splitlines()
    begin = next(i for i, line in enumerate(lines) if line.split(" | ")[0].strip() == "address")
    names = [each.strip() for each in lines[begin].split(" | ")]
    found = []
    for line in lines[begin + 2:]:
        if not line.strip():
            break
        found.append(dict(zip(names, (each.strip() for each in line.split(" | ")), strict=True)))
    return found


class OfCassandra(unittest.TestCase):
    tls = False
    shards = 0
    login = []

    def setUp(self):
        self.cluster = Cluster(shards=self.shards, tls=self.tls)
        self.addCleanup(self.cluster.stop)
        self.where = ["127.0.0.1", str(self.cluster.port)]
        if self.tls:
            self.where += ["--tls-ca", f"{CERTIFICATES}/ca.pem"]

    def address(self, node):
        return f"127.0.0.{node}:{self.cluster.port}"

    def run_shell(self, text, *arguments, code=0):
        ran = shell(*self.where, *arguments, "-e", text)
        self.assertEqual(ran.returncode, code, ran.stderr)
        return ran

    def open(self, *arguments, **options):
        terminal = Terminal(*self.where, "--no-color", *arguments, columns=200, **options)
        self.addCleanup(os.close, terminal.master)
        terminal.read_until(r"cocqlsh\S*> ")
        return terminal

    def until(self, condition):
        limit = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.005)


class Shown(OfCassandra):
    def test_every_node_with_what_it_is_and_how_long_it_takes(self):
        ran = self.run_shell("SHOW CLUSTER")
        self.assertEqual(ran.stderr, "")
        head, table = ran.stdout.split("\n\n", 1)
        self.assertEqual(head, "\nCluster: test cluster\nPartitioner: org.apache.cassandra.dht.Murmur3Partitioner\n"
                               f"Connected to: {self.address(1)}")
        rows = rows_of(table)
        self.assertEqual([row["address"] for row in rows], [self.address(node) for node in (1, 2, 3)])
        for node, row in enumerate(rows, 1):
            self.assertEqual(list(row), HEADER)
            self.assertEqual((row["data_center"], row["rack"], row["state"]), ("dc1", f"r{node}", "up"))
            self.check_kind(row)
            for figure in ("answer_ms", "median_ms", "p99_ms"):
                self.assertRegex(row[figure], r"^\d+\.\d{3}$")
            self.assertGreater(float(row["answer_ms"]), 0)
            self.assertLessEqual(float(row["median_ms"]), float(row["p99_ms"]))
        self.assertEqual(self.cluster.each("asked"), [1, 1, 1])

    def check_kind(self, row):
        self.assertEqual((row["version"], row["shards"], row["connections"], row["requests"]), ("5.0.6", "", "1", "1"))

    def test_which_node_the_connection_is_with(self):
        self.where[0] = "127.0.0.2"
        self.assertIn(f"\nConnected to: {self.address(2)}\n", self.run_shell("show cluster;").stdout)
        self.where[0] = "localhost"
        self.assertIn(f"\nConnected to: {self.address(1)} (by localhost:{self.cluster.port})\n",
                      self.run_shell("SHOW CLUSTER").stdout)

    def test_a_node_that_is_down(self):
        self.cluster.tell("stop", 3)
        shown = self.run_shell("SHOW CLUSTER").stdout
        rows = rows_of(shown)
        self.assertEqual([row["state"] for row in rows], ["up", "up", "down"])
        self.assertEqual([row["connections"] == "0" for row in rows], [False, False, True])
        self.assertEqual((rows[2]["answer_ms"], rows[2]["median_ms"], rows[2]["p99_ms"]), ("", "", ""))
        self.assertEqual(re.findall(r"^.* did not answer: .*$", shown, re.MULTILINE),
                         [f"{self.address(3)} did not answer: cannot connect: Connection refused (tcp_connect)"])

    def test_a_node_that_does_not_answer_is_waited_for_as_long_as_a_statement(self):
        self.cluster.tell("mute", 2)
        begun = time.monotonic()
        shown = self.run_shell("SHOW CLUSTER", "--request-timeout", "1").stdout
        self.assertGreaterEqual(time.monotonic() - begun, 1)
        rows = rows_of(shown)
        self.assertEqual([row["state"] for row in rows], ["up", "up", "up"])
        self.assertEqual([row["answer_ms"] == "" for row in rows], [False, True, False])
        self.assertIn(f"\n{self.address(2)} did not answer: no answer before the request's deadline\n", shown)

    def test_a_node_that_takes_connections_and_says_nothing(self):
        """It may not use up the time of those that answer."""
        terminal = self.open("--request-timeout", "2", "--connect-timeout", "60")
        self.cluster.tell("deaf", 3)
        rows = rows_of(terminal.run("SHOW CLUSTER", "did not answer"))
        self.assertEqual([row["answer_ms"] == "" for row in rows], [False, False, True])
        self.assertEqual(rows[2]["connections"], "0")
        self.assertEqual(terminal.end(), 0)

    def test_a_server_error_is_told(self):
        self.cluster.tell("refuse", 1, "not today")
        ran = self.run_shell("SHOW CLUSTER")
        self.assertIn(f"\n{self.address(1)} did not answer: ServerError: not today\n", ran.stdout)

    def test_the_session_is_kept(self):
        terminal = self.open()
        self.assertEqual(self.cluster.each("asked"), [0, 0, 0])
        # Statements take one connection, whatever nodes and shards there are.
        self.assertEqual(self.cluster.each("accepted"), [1, 0, 0])
        terminal.run("SHOW CLUSTER", "Cluster:")
        before = self.cluster.each("accepted")
        rows = rows_of(terminal.run("SHOW CLUSTER", "Cluster:"))
        self.assertEqual(self.cluster.each("asked"), [2, 2, 2])
        self.assertEqual(self.cluster.each("accepted"), before)
        self.assertEqual(len({row["requests"] for row in rows}), 1)
        terminal.run("SELECT v FROM app.t;")
        self.assertEqual(terminal.end(), 0)
        self.until(lambda: self.cluster.each("connections") == [0, 0, 0])

    def test_a_node_that_comes_back(self):
        terminal = self.open()
        terminal.run("SHOW CLUSTER", "Cluster:")
        self.cluster.tell("stop", 2)
        shown = terminal.run("SHOW CLUSTER", "did not answer")
        self.assertEqual(rows_of(shown)[1]["state"], "down")
        self.cluster.tell("start", 2)
        # The session would rest before it tries again, had the shell not said that it is time to.
        rows = rows_of(terminal.run("SHOW CLUSTER", "Cluster:"))
        row = rows[1]
        self.assertEqual(row["state"], "up")
        self.assertEqual(row["connections"], rows[2]["connections"])
        self.assertRegex(row["answer_ms"], r"^\d+\.\d{3}$")
        self.assertEqual(terminal.end(), 0)

    def test_when_all_were_gone_it_is_opened_again(self):
        terminal = self.open()
        terminal.run("SHOW CLUSTER", "Cluster:")
        for node in (1, 2, 3):
            self.cluster.tell("stop", node)
        terminal.run("SHOW CLUSTER", "not connected")
        for node in (1, 2, 3):
            self.cluster.tell("start", node)
        rows = rows_of(terminal.run("SHOW CLUSTER", "Cluster:"))
        self.assertEqual([row["state"] for row in rows], ["up", "up", "up"])
        self.assertEqual(terminal.end(), 0)

    def test_the_schema_is_not_read(self):
        """Of one with thousands of tables it would take longer than all the rest."""
        self.assertEqual(len(rows_of(self.run_shell("SHOW CLUSTER").stdout)), 3)
        self.assertEqual(self.cluster.each("schema"), [0, 0, 0])

    def test_captured_and_expanded(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "captured")
            ran = self.run_shell(f"EXPAND ON; PAGING 1; CAPTURE '{path}'; SHOW CLUSTER; CAPTURE OFF")
            self.assertNotIn("Cluster:", ran.stdout)
            captured = text_of(path)
        self.assertTrue(captured.startswith("\nCluster: test cluster\n"), captured)
        self.assertEqual(re.findall(r"@ Row (\d)", captured), ["1", "2", "3"])
        self.assertEqual(re.findall(r"^ address +\| (.*)$", captured, re.MULTILINE), [self.address(node) for node in (1, 2, 3)])

    def test_on_a_terminal(self):
        terminal = self.open()
        self.cluster.tell("racks", "evil\x1b[2J\x07")
        self.cluster.tell("refuse", 2, "worse\x1b[2J\x07")
        shown = terminal.run("SHOW CLUSTER", "did not answer")
        self.assertEqual({row["rack"] for row in rows_of(shown)}, {r"evil\x1b[2J\x07"})
        self.assertIn(r"Cluster: evil\x1b[2J\x07", shown)
        self.assertIn(r"worse\x1b[2J\x07", shown)
        self.assertEqual(terminal.end(), 0)

    def test_mistakes(self):
        self.assertIn("Improper command: use SHOW VERSION, SHOW HOST, SHOW CLUSTER",
                      self.run_shell("SHOW CLUSTER now", code=2).stderr)
        self.assertIn("SHOW CLUSTER", self.run_shell("HELP SHOW").stdout)

    def test_in_a_script_a_node_that_cannot_be_reached_is_no_failure(self):
        self.cluster.tell("deaf", 2)
        with tempfile.NamedTemporaryFile("w", suffix=".cql") as script:
            script.write("SHOW HOST;\nSHOW CLUSTER;\nSHOW HOST;\n")
            script.flush()
            ran = shell(*self.where, "--request-timeout", "1", "-f", script.name)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(ran.stdout.count("Connected to test cluster"), 2)


class Warned(OfCassandra):
    def test_what_the_session_has_to_say(self):
        self.cluster.tell("stranger")
        shown = self.run_shell("SHOW CLUSTER").stdout
        self.assertEqual(len(rows_of(shown)), 3)
        self.assertRegex(shown, r"\n\nWarnings :\n.*127\.0\.0\.9")


class Users(OfCassandra):
    def setUp(self):
        super().setUp()
        self.cluster.tell("login", "me", "secret")
        self.where += ["-u", "me", "-p", "secret", "--insecure-password-without-warning"]

    def test_the_session_logs_in_as_the_connection(self):
        self.assertEqual(len(rows_of(self.run_shell("SHOW CLUSTER").stdout)), 3)

    def test_a_password_that_is_wrong_by_now(self):
        terminal = self.open()
        self.cluster.tell("login", "me", "changed")
        said = terminal.run("SHOW CLUSTER", "the cluster is not shown")
        self.assertIn(f"Could not connect to {self.address(1)}\r\n", said)
        self.assertIn("try:   check -u and -p\r\n", said)
        self.assertNotIn("secret", said)
        # The connection is as it was, and the next time it is tried again.
        terminal.run("SHOW HOST", "Connected to test cluster")
        self.cluster.tell("login", "me", "secret")
        self.assertEqual(len(rows_of(terminal.run("SHOW CLUSTER", "Cluster:"))), 3)
        self.assertEqual(terminal.end(), 0)

    def test_in_a_script_that_is_an_error_of_the_command(self):
        with subprocess.Popen([PROGRAM, *self.where], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=ENVIRONMENT, text=True) as script:
            script.stdin.write("SHOW HOST;\n")
            script.stdin.flush()
            self.assertIn("Connected to", script.stdout.readline())
            self.cluster.tell("login", "me", "changed")
            shown, told = script.communicate("SHOW CLUSTER;\nSHOW HOST;\n", PATIENCE)
        self.assertEqual(script.returncode, 2)
        self.assertIn("Connected to", shown)
        self.assertNotIn("Cluster:", shown)
        self.assertIn("\n  try:   check -u and -p\n<stdin>:2:the cluster is not shown; the connection is as it was\n", told)

    def test_login_as_another_user(self):
        terminal = self.open()
        terminal.run("SHOW CLUSTER", "Cluster:")
        self.assertEqual(self.cluster.each("connections"), [2, 1, 1])
        self.cluster.tell("login", "you", "other")
        terminal.run("LOGIN you 'other'")
        # The other one's session ends at once, and the connection.
        self.until(lambda: self.cluster.each("connections") == [1, 0, 0])
        rows = rows_of(terminal.run("SHOW CLUSTER", "Cluster:"))
        self.assertEqual([row["requests"] for row in rows], ["1", "1", "1"])
        self.assertEqual(terminal.end(), 0)

    def test_login_in_a_file_ends_with_it(self):
        terminal = self.open()
        terminal.run("SHOW CLUSTER", "Cluster:")
        self.cluster.tell("login", "you", "other")
        with tempfile.NamedTemporaryFile("w", suffix=".cql") as script:
            script.write("LOGIN you 'other';\nSHOW CLUSTER;\n")
            script.flush()
            shown = terminal.run(f"SOURCE '{script.name}'", "Cluster:")
        self.assertEqual(len(rows_of(shown)), 3)
        self.until(lambda: self.cluster.each("connections") == [1, 0, 0])
        self.cluster.tell("login", "me", "secret")
        terminal.run("SHOW CLUSTER", "Cluster:")
        self.assertEqual(terminal.end(), 0)


class Interrupted(OfCassandra):
    def test_while_it_opens(self):
        terminal = self.open("--connect-timeout", "60")
        self.cluster.tell("deaf", 1)
        before = int(self.cluster.ask("accepted", 1))
        terminal.type("SHOW CLUSTER; SHOW VERSION\r")
        self.until(lambda: int(self.cluster.ask("accepted", 1)) > before)
        terminal.type("\x03")
        said = terminal.read_until(r"interrupted; the cluster is not shown\r\ncocqlsh> ")
        self.assertNotIn("try:", said)
        self.cluster.tell("hear", 1)
        rows = rows_of(terminal.run("SHOW CLUSTER", "Cluster:"))
        self.assertEqual([row["state"] for row in rows], ["up", "up", "up"])
        self.assertEqual(terminal.end(), 0)

    def test_while_nodes_are_asked(self):
        terminal = self.open("--request-timeout", "1000")
        self.cluster.tell("mute", 3)
        terminal.type("SHOW CLUSTER\r")
        self.until(lambda: self.cluster.each("asked") == [1, 1, 1])
        terminal.type("\x03")
        terminal.read_until(r"interrupted; the cluster is not shown\r\ncocqlsh> ")
        terminal.run("SHOW HOST", "Connected to")
        self.assertEqual(terminal.end(), 0)

    def test_while_nodes_are_connected_to(self):
        terminal = self.open("--request-timeout", "1000", "--connect-timeout", "1000")
        self.cluster.tell("deaf", 3)
        terminal.type("SHOW CLUSTER\r")
        self.until(lambda: int(self.cluster.ask("accepted", 3)) > 0)
        terminal.type("\x03")
        terminal.read_until(r"interrupted; the cluster is not shown\r\ncocqlsh> ")
        self.assertEqual(terminal.end(), 0)

    def test_without_a_prompt(self):
        self.cluster.tell("mute", 3)
        terminal = Terminal(*self.where, "--no-color", "--request-timeout", "1000", "-e", "SHOW CLUSTER; SHOW HOST")
        self.addCleanup(os.close, terminal.master)
        self.until(lambda: self.cluster.each("asked") == [1, 1, 1])
        terminal.type("\x03")
        terminal.read_until("interrupted; the cluster is not shown")
        self.assertEqual(terminal.wait(), 130)


class OfScyllaDB(Shown):
    shards = 2

    def check_kind(self, row):
        # Its release_version is Cassandra's; this one does not tell its own.
        self.assertEqual((row["version"], row["shards"], row["connections"], row["requests"]), ("3.0.8", "2", "1", "2"))

    def test_its_own_version(self):
        self.cluster.tell("version", "2026.4.0-0.1")
        rows = rows_of(self.run_shell("SHOW CLUSTER").stdout)
        self.assertEqual({row["version"] for row in rows}, {"2026.4.0-0.1"})


class ShownWithTls(Shown):
    tls = True


class UsersWithTls(Users):
    tls = True


class InterruptedWithTls(Interrupted):
    tls = True


if __name__ == "__main__":
    unittest.main(verbosity=1)
