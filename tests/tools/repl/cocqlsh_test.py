#!/usr/bin/env python3
"""Runs cocqlsh as its users do, against the node that the environment names: cocqlsh_test.py PROGRAM"""

import os
import re
import sys
import tempfile
import time
import unittest

from node import Node
from running import HOME, PATIENCE, Terminal, shell, text_of

if not os.environ.get("COCQL_CONTACT_POINTS"):
    print("skipped: no server in the environment (COCQL_CONTACT_POINTS; tools/cluster starts one)")
    sys.exit(77)

HOST = os.environ["COCQL_CONTACT_POINTS"].split(",")[0]
PORT = os.environ["COCQL_PORT"]
TLS_PORT = os.environ["COCQL_TLS_PORT"]
CA = os.environ["COCQL_CA"]
LOGIN = ["-u", os.environ["COCQL_USERNAME"], "-p", os.environ["COCQL_PASSWORD"], "--insecure-password-without-warning"]
TLS = [HOST, TLS_PORT, "--tls-ca", CA]


def have_schema(statements):
    """Returns when all nodes have it: those that were not asked learn of it a moment later."""
    made = shell(*TLS, *LOGIN, "-e", statements)
    versions = set()
    until = time.monotonic() + PATIENCE
    while made.returncode == 0 and len(versions) != 1 and time.monotonic() < until:
        told = shell(*TLS, *LOGIN, "-e", "SELECT schema_version FROM system.local; SELECT schema_version FROM system.peers")
        versions = set(re.findall(r"^ ([0-9a-f-]{36}|null)$", told.stdout, re.MULTILINE))
    if len(versions) != 1:
        raise AssertionError(f"the nodes do not agree on a schema: {versions} {made.stderr}")


class Batch(unittest.TestCase):
    def test_success_is_0(self):
        ran = shell(*TLS, *LOGIN, "-e", "SELECT key FROM system.local; SHOW VERSION")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("\n key\n-------\n local\n\n(1 rows)\n", ran.stdout)
        self.assertIn("TLSv1.3", ran.stdout)
        self.assertEqual(ran.stderr, "")

    def test_protocol_version_and_compression(self):
        for version, compression in (("3", "none"), ("4", "lz4"), ("4", "snappy")):
            ran = shell(*TLS, *LOGIN, "--protocol-version", version, "--compression", compression, "-e", "SHOW VERSION")
            self.assertEqual(ran.returncode, 0, ran.stderr)
            self.assertIn(f"Native protocol v{version}", ran.stdout)
        ran = shell(*TLS, *LOGIN, "--compression", "lz4", "--no-compression", "-e", "SHOW VERSION")
        self.assertRegex(ran.stdout, "Native protocol v[45]")
        # ScyllaDB has no version 5, and asked for it no other is tried.
        ran = shell(*TLS, *LOGIN, "--protocol-version", "5", "--compression", "lz4", "-e", "SHOW VERSION")
        self.assertRegex(ran.stdout + ran.stderr, r"Native protocol v5|does not speak protocol version 5")

    def test_failed_statement_is_2_and_does_not_stop(self):
        with tempfile.NamedTemporaryFile("w", suffix=".cql") as script:
            script.write("SELECT nope FROM system.local;\nSELECT key\nFROM system.local;\n")
            script.flush()
            ran = shell(*TLS, *LOGIN, "-f", script.name)
        self.assertEqual(ran.returncode, 2)
        self.assertIn(f"{script.name}:1:", ran.stderr)
        self.assertIn("(1 rows)", ran.stdout)

    def test_unfinished_statement_is_not_executed(self):
        ran = shell(*TLS, *LOGIN, text="SELECT key FROM system.local;\nSELECT key\nFROM system.local")
        self.assertEqual(ran.returncode, 2)
        self.assertIn("<stdin>:2:Incomplete statement at end of file", ran.stderr)
        self.assertEqual(ran.stdout.count("(1 rows)"), 1)

    def test_errors_are_worded_as_cqlsh_does(self):
        ran = shell(*TLS, *LOGIN, "-e", "SELEC; SELECT nope FROM system.local")
        self.assertRegex(ran.stderr, r"^SyntaxException: line 1:0 ")
        self.assertIn('\nInvalidRequest: Error from server: code=2200 [Invalid query] message="', ran.stderr)

    def test_show_cluster(self):
        for where in (TLS, [HOST, PORT]):
            ran = shell(*where, *LOGIN, "-e", "EXPAND ON; SHOW CLUSTER")
            self.assertEqual((ran.returncode, ran.stderr), (0, ""))
            self.assertIn(f"\nConnected to: {HOST}:{where[1]}\n", ran.stdout)
            self.assertIn(f"\n address     | {HOST}:{where[1]}\n", ran.stdout)
            rows = ran.stdout.count("@ Row ")
            self.assertGreaterEqual(rows, 1)
            for pattern in (r"state       \| up", r"version     \| \d+\.\d.*", r"connections \| [1-9]\d*", r"answer_ms   \| \d+\.\d{3}"):
                self.assertEqual(len(re.findall(rf"(?m)^ {pattern}$", ran.stdout)), rows, ran.stdout)

    def test_describe(self):
        ran = shell(*TLS, *LOGIN, "-e", "DESCRIBE CLUSTER; DESCRIBE TABLE system.local; DESCRIBE KEYSPACES; USE system; DESC TABLES")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertRegex(ran.stdout, r"^\nCluster: .*\nPartitioner: .*\nSnitch: .*\n\n\n")
        self.assertIn("CREATE TABLE system.local (", ran.stdout)
        self.assertRegex(ran.stdout, r"\n[^\n]*\bsystem  +\w")

    def test_standard_input(self):
        ran = shell(*TLS, *LOGIN, text="SELECT key\nFROM system.local;\nEXIT\nSELECT nope;")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("(1 rows)", ran.stdout)

    def test_all_pages_off_a_terminal(self):
        have_schema("CREATE KEYSPACE IF NOT EXISTS shell_test WITH replication = {'class': 'NetworkTopologyStrategy', 'replication_factor': 1};"
                    "CREATE TABLE IF NOT EXISTS shell_test.n (k int PRIMARY KEY);")
        statements = ["PAGING 10;"]
        statements += [f"INSERT INTO shell_test.n (k) VALUES ({i});" for i in range(35)]
        ran = shell(*TLS, *LOGIN, text="\n".join(statements) + "\nSELECT k FROM shell_test.n;")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("(35 rows)", ran.stdout)
        self.assertEqual(ran.stdout.count(" k\n"), 1)

    def test_capture_and_source(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/inner.cql", "w") as inner:
                inner.write("SELECT key FROM system.local;")
            ran = shell(*TLS, *LOGIN, text=f"CAPTURE '{folder}/out'\nSOURCE '{folder}/inner.cql'\nCAPTURE OFF\n")
            self.assertEqual(ran.returncode, 0, ran.stderr)
            self.assertIn("(1 rows)", text_of(f"{folder}/out"))
            self.assertNotIn("(1 rows)", ran.stdout)

    def test_tracing_as_a_waterfall(self):
        ran = shell(*TLS, *LOGIN, text="TRACING WATERFALL\nTRACING\nSELECT key FROM system.local;\nTRACING OFF\nTRACING")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("TRACING is WATERFALL", ran.stdout)
        self.assertRegex(ran.stdout, r"(?s)Tracing session: [0-9a-f-]{36}\n.* took \d+ \u00b5s\n.*\d+ \u00b5s \|[ =]{40}\| ")
        self.assertIn("TRACING is OFF", ran.stdout)

    def test_tracing(self):
        ran = shell(*TLS, *LOGIN, text="TRACING ON\nSELECT key FROM system.local;")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("Tracing session: ", ran.stdout)
        self.assertIn("Request complete", ran.stdout)

    def test_cqlshrc(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(f"[connection]\nhostname = {HOST}\nport = {TLS_PORT}\nssl = true\n[ssl]\ncertfile = {CA}\n"
                       f"[authentication]\nusername = {LOGIN[1]}\npassword = {LOGIN[3]}\n")
            file.flush()
            ran = shell("--cqlshrc", file.name, "-e", "SHOW VERSION")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("TLSv1.3", ran.stdout)


class Failures(unittest.TestCase):
    """Each failed connect is 1 and prints phase, cause and what to change."""

    def check(self, ran, phase, *words):
        self.assertEqual(ran.returncode, 1, ran.stdout + ran.stderr)
        self.assertIn(f"phase: {phase}", ran.stderr)
        for word in words:
            self.assertIn(word, ran.stderr)

    def test_dead_port(self):
        self.check(shell("127.0.0.1", "1", "-e", "x"), "tcp_connect", "Connection refused", "try:")

    def test_unknown_host(self):
        self.check(shell("no-such-host.invalid", "-e", "x"), "resolve", "no-such-host.invalid", "try:")

    def test_wrong_password(self):
        ran = shell(*TLS, "-u", LOGIN[1], "-p", "hunter2", "-e", "x")
        self.check(ran, "auth", "-u and -p")
        self.assertNotIn("hunter2", ran.stderr)

    def test_no_login(self):
        self.check(shell(*TLS, "-e", "x"), "auth", "-u and -p")

    def test_plain_to_tls_port(self):
        self.check(shell(HOST, TLS_PORT, *LOGIN, "-e", "x"), "options", "--ssl")

    def test_tls_to_plain_port(self):
        self.check(shell(HOST, PORT, "--tls-ca", CA, *LOGIN, "-e", "x"), "tls_handshake", "TLS")

    def test_system_authorities_do_not_know_the_node(self):
        self.check(shell(HOST, TLS_PORT, "--ssl", *LOGIN, "-e", "x"), "tls_handshake", "certificate", "--tls-ca")

    def test_wrong_server_name(self):
        self.check(shell(*TLS, *LOGIN, "--tls-server-name", "wrong.example", "-e", "x"), "tls_handshake", "mismatch", "--tls-server-name")
        self.assertEqual(shell(*TLS, *LOGIN, "--tls-server-name", "wrong.example", "--tls-verify=ca", "-e", "SHOW HOST").returncode, 0)

    def test_unreadable_ca(self):
        ran = shell(HOST, TLS_PORT, "--tls-ca", "/nowhere/ca.pem", *LOGIN, "-e", "x")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("/nowhere/ca.pem", ran.stderr)

    def test_usage(self):
        self.assertEqual(shell("--no-such-option").returncode, 1)
        self.assertEqual(shell("127.0.0.1", "port").returncode, 1)
        self.assertEqual(shell("--version").returncode, 0)
        self.assertEqual(shell("--protocol-version", "6").returncode, 1)
        self.assertEqual(shell("--compression", "zstd").returncode, 1)
        self.assertIn("no compression by snappy", shell("--protocol-version", "5", "--compression", "snappy", "-e", "").stderr)


class AtTheTerminal(unittest.TestCase):
    def test_prompt_statement_history_and_end(self):
        terminal = Terminal(*TLS, *LOGIN)
        greeting = terminal.read_until(r"cocqlsh> ")
        self.assertRegex(greeting, r"Connected to .* at ")
        self.assertIn("Use HELP for help.", greeting)
        self.assertIn(LOGIN[1] + "@cocqlsh> ", greeting)
        terminal.type("SELECT key\r")
        terminal.read_until(r"   \.\.\. ")
        terminal.run("FROM system.local;", r"\(1 rows\)")
        self.assertIn(LOGIN[1] + "@cocqlsh:system> ", terminal.run("USE system;"))
        terminal.type("garbage\x03")
        terminal.read_until(r"garbage[^\n]*\n(?s:.*)cocqlsh:system> ")
        self.assertEqual(terminal.end(), 0)
        self.assertIn("SELECT key\x01FROM system.local;", text_of(f"{HOME}/.cassandra/cocqlsh_history"))

    def test_ctrl_c_ends_the_wait_within_100_ms_and_keeps_the_connection(self):
        with Node() as node:
            terminal = Terminal("127.0.0.1", str(node.port))
            terminal.read_until(r"cocqlsh> ")
            taken = 1
            for _ in range(20):  # once more where the machine was busy with something else
                node.silenced.clear()
                terminal.type("SELECT silent;\r")
                self.assertTrue(node.silenced.wait(PATIENCE))
                begun = time.monotonic()
                terminal.type("\x03")
                terminal.read_until(r"(?s)interrupted.*cocqlsh> ")
                taken = time.monotonic() - begun
                print(f"Ctrl-C to prompt: {taken * 1000:.1f} ms")
                if taken < 0.1:
                    break
            self.assertLess(taken, 0.1)
            terminal.run("SELECT spoken;")
            self.assertEqual(terminal.end(), 0)
            self.assertEqual(node.connections, 1)
            self.assertIn("SELECT spoken", node.statements)

    def test_password_is_asked_for_and_not_shown(self):
        terminal = Terminal(*TLS, "-u", LOGIN[1])
        terminal.read_until(r"Password: ")
        terminal.type(LOGIN[3] + "\r")
        greeting = terminal.read_until(r"cocqlsh> ")
        self.assertNotIn(LOGIN[3], greeting.replace(LOGIN[1] + "@", ""))
        self.assertEqual(terminal.end(), 0)

    def test_pasted_password(self):
        terminal = Terminal(*TLS, "-u", LOGIN[1])
        self.assertNotIn("\x1b[?2004h", terminal.read_until(r"Password: "))
        terminal.type("\x03")
        self.assertEqual(terminal.end(), 130)

    def test_a_slow_terminal_loses_nothing(self):
        with tempfile.NamedTemporaryFile("w", suffix=".cql") as script:
            script.write("HELP\n" * 2000)
            script.flush()
            terminal = Terminal(*TLS, *LOGIN)
            terminal.read_until(r"cocqlsh> ")
            terminal.type(f"SOURCE '{script.name}'\r")
            time.sleep(1)
            seen = terminal.read_until(r"\?2004l(?s:.*)cocqlsh> ")
        self.assertEqual(seen.count("Statements of CQL end with ;"), 2000)
        self.assertEqual(terminal.end(), 0)

    def test_a_terminal_that_cannot_draw(self):
        terminal = Terminal(*TLS, *LOGIN, TERM="dumb")
        self.assertNotIn("\x1b[", terminal.read_until(r"cocqlsh> ").replace("\x1b[0", ""))
        terminal.type("garbage\x03")
        terminal.read_until(r"cocqlsh> ")
        terminal.type("SELECT key FROM system.local;\n")
        terminal.read_until(r"(?s)\(1 rows\).*cocqlsh> ")
        self.assertEqual(terminal.end(), 0)

    def test_more(self):
        terminal = Terminal(*TLS, *LOGIN)
        terminal.read_until(r"cocqlsh> ")
        terminal.run("PAGING 2")
        terminal.type("SELECT table_name FROM system_schema.tables;\r")
        terminal.read_until(r"---MORE---")
        terminal.type("q")
        terminal.read_until(r"cocqlsh> ")
        self.assertEqual(terminal.end(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
