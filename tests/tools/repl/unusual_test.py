#!/usr/bin/env python3
"""What somebody does who has just installed cocqlsh, and what it says to it: unusual_test.py PROGRAM"""

import os
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

from node import Node
from running import HOME, PATIENCE, PROGRAM, Terminal, shell, text_of


class Talker:
    """Listens, and says the same to everybody: not CQL."""

    def __init__(self, words):
        self.words = words

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()
        return str(self.listener.getsockname()[1])

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            peer.recv(1000)
            peer.sendall(self.words)
            peer.close()


class WithNode(unittest.TestCase):
    def setUp(self):
        self.node = Node()
        self.node.start()
        self.addCleanup(self.node.stop)
        self.where = ["127.0.0.1", str(self.node.port)]

    def sent_by(self, text):
        """The statements that arrive when this text is standard input."""
        self.node.statements.clear()
        ran = shell(*self.where, text=text)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return self.node.statements


class Statements(WithNode):
    def test_nothing_to_execute(self):
        for nothing in ("", " ; ;; ", "-- nothing", "/* nothing */"):
            ran = shell(*self.where, "-e", nothing)
            self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, "", ""), nothing)
        self.assertEqual(self.node.statements, [])

    def test_no_semicolon_at_the_end(self):
        self.assertEqual(shell(*self.where, "-e", "SELECT one").returncode, 0)
        self.assertEqual(self.node.statements, ["SELECT one"])
        ran = shell(*self.where, text="SELECT two;\nSELECT three")
        self.assertEqual(ran.returncode, 2)
        self.assertIn("<stdin>:2:Incomplete statement at end of file", ran.stderr)
        self.assertEqual(self.node.statements, ["SELECT one", "SELECT two"])

    def test_an_error_in_the_middle_does_not_stop_a_piped_script(self):
        ran = shell(*self.where, text="SELECT one;\nUSE nope;\nSELECT two;\n")
        self.assertEqual(ran.returncode, 2)
        self.assertRegex(ran.stderr, r"^<stdin>:2:InvalidRequest: .*Keyspace 'nope' does not exist")
        self.assertEqual(self.node.statements, ["SELECT one", "USE nope", "SELECT two"])

    def test_strings_over_many_lines_with_marks_of_everything_in_them(self):
        text = "INSERT 'one; -- two\n/* three\n\n// four $$ ''five'';'"
        self.assertEqual(self.sent_by(text + ";"), [text])
        text = "CREATE AS $$ if (a; b) // c'\n-- \"d\n/* $ $$"
        self.assertEqual(self.sent_by(text + "; SELECT 'next';"), [text, "SELECT 'next'"])

    def test_comments(self):
        self.assertEqual(self.sent_by("/* a; 'b */ SELECT 1; -- c; 'd\n// e; \"f\nSELECT /* g;\n ' h */ 2;\n"),
                         ["SELECT 1", "SELECT      \n        2"])

    def test_windows_ends_of_lines(self):
        self.assertEqual(self.sent_by("CONSISTENCY QUORUM\r\nSELECT\r\n1;\r\n"), ["SELECT\r\n1"])

    def test_long_and_wide_results(self):
        ran = shell(*self.where, "-e", "SELECT rows 20000")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertTrue(ran.stdout.endswith("\n row 19999\n\n(20000 rows)\n"), ran.stdout[-100:])
        wide = "x" * 100_000
        self.node.row = lambda i: wide if i == 1 else "short"
        lines = shell(*self.where, "-e", "SELECT rows 2").stdout.splitlines()
        self.assertEqual(lines[1:5], [" text", "-" * 100_002, " " * 99_996 + "short", " " + wide])

    def test_a_reader_that_goes_away(self):
        shown = subprocess.Popen([PROGRAM, *self.where, "-e", "SELECT rows 200000"], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        shown.stdout.read(100)
        shown.stdout.close()
        self.assertEqual(shown.wait(timeout=PATIENCE), -signal.SIGPIPE)
        self.assertEqual(shown.stderr.read(), b"")
        shown.stderr.close()

    def test_a_full_disk(self):
        with open("/dev/full", "w") as full:
            ran = subprocess.run([PROGRAM, *self.where, "-e", "SELECT rows 1"], stdout=full, stderr=subprocess.PIPE,
                                 stdin=subprocess.DEVNULL, text=True, timeout=PATIENCE)
        self.assertEqual(ran.returncode, 2)
        self.assertIn("cannot write the output", ran.stderr)


class Files(WithNode):
    def test_a_script_that_is_not_there_is_found_before_anything_else(self):
        for name in (f"{HOME}/missing.cql", HOME):
            ran = shell(*self.where, "-f", name)
            self.assertEqual(ran.returncode, 1)
            self.assertIn(f"cannot read '{name}': ", ran.stderr)
        self.assertEqual(self.node.connections, 0)

    def test_a_sourced_file_that_is_not_there(self):
        ran = shell(*self.where, text=f"SOURCE '{HOME}/missing.cql'\nSELECT one;")
        self.assertEqual(ran.returncode, 2)
        self.assertIn(f"<stdin>:1:cannot read '{HOME}/missing.cql': No such file", ran.stderr)
        self.assertEqual(self.node.statements, ["SELECT one"])

    def check_cqlshrc(self, content, *words):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(content)
            file.flush()
            ran = shell(*self.where, "--cqlshrc", file.name, "-e", "SELECT one")
            self.assertEqual(ran.returncode, 1)
            for word in words:
                self.assertIn(file.name + word, ran.stderr)
        self.assertEqual(self.node.connections, 0)

    def test_a_cqlshrc_that_says_nonsense(self):
        self.check_cqlshrc("[connection]\nssl = please\n", ":2: [connection] ssl must be true or false, not 'please'")
        self.check_cqlshrc("[ssl]\nvalidate = fasle\n", ":2: [ssl] validate must be true or false, not 'fasle'")
        self.check_cqlshrc("[connection]\nport = many\n", ":2: [connection] port must be a number from 1 to 65535")
        self.check_cqlshrc("[ssl]\nvalidate\n", ":2: 'validate' is not a setting")
        self.check_cqlshrc("ssl = true\n", ":1: 'ssl' stands before the first [section]")

    def test_a_cqlshrc_that_cannot_be_read(self):
        for name in ("/nowhere/cqlshrc", HOME):
            ran = shell(*self.where, "--cqlshrc", name, "-e", "SELECT one")
            self.assertEqual(ran.returncode, 1)
            self.assertIn(f"cannot read '{name}': ", ran.stderr)
        os.makedirs(f"{HOME}/.cassandra/cqlshrc")
        self.addCleanup(os.rmdir, f"{HOME}/.cassandra/cqlshrc")
        ran = shell(*self.where, "-e", "SELECT one")
        self.assertEqual(ran.returncode, 1)
        self.assertIn(".cassandra/cqlshrc': Is a directory", ran.stderr)


class WrongPlaces(unittest.TestCase):
    def check(self, arguments, *words, seconds=60):
        ran = shell(*arguments, "--connect-timeout", str(seconds), "-e", "SELECT one")
        self.assertEqual((ran.returncode, ran.stdout), (1, ""))
        for word in ("Could not connect to ", "\n  cause: ", *words):
            self.assertIn(word, ran.stderr)

    def test_host_and_port_in_one_word(self):
        self.check(["127.0.0.1:9142"], "phase: resolve", "try:   the port is a word of its own: cocqlsh HOST PORT")

        self.check(["127.0.0.1:9142", "--ssl"], "try:   the port is a word of its own: cocqlsh HOST PORT")

    def test_a_login_before_the_host_is_not_repeated(self):
        with tempfile.NamedTemporaryFile("w") as settings:
            settings.write("[connection]\nhostname = me:hunter2@127.0.0.1\n")
            settings.flush()
            for where in (["me:hunter2@127.0.0.1"], ["--cqlshrc", settings.name]):
                ran = shell(*where, "-e", "SELECT one")
                self.assertEqual((ran.returncode, ran.stdout), (1, ""))
                self.assertNotIn("hunter2", ran.stderr)
                self.assertIn("user and password are given apart", ran.stderr)

    def test_a_server_name_that_stands_for_many(self):
        with Node() as node:
            where = ["127.0.0.1", str(node.port), "--ssl"]
            self.check([*where, "--tls-server-name", ".com"], "the server name '.com' cannot be right: it begins with a dot",
                       "try:   give the whole name, as it is in the server's certificate (--tls-server-name)")
            self.check([*where, "--tls-server-name", "*.com"], "it has a wildcard", " (--tls-server-name)")
            self.check([".com", "--ssl"], "the host '.com' cannot be right", " (HOST, or --tls-server-name)")
            self.assertEqual(node.connections, 0)

    def test_what_speaks_something_else(self):
        for words in (b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n", b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n",
                      b"-ERR unknown command\r\n"):
            with self.subTest(words), Talker(words) as port:
                self.check(["127.0.0.1", port], "phase: options", "try:   what answers there does not speak CQL: check the port")
                self.check(["127.0.0.1", port, "--ssl"], "phase: tls_handshake",
                           "try:   the peer does not speak TLS on this port (leave --ssl")

    def test_what_wants_tls_and_is_spoken_to_plain(self):
        with Talker(b"") as port:
            self.check(["127.0.0.1", port], "phase: options", "try:   the port may want TLS: try --ssl or --tls-ca")
        alert = b"\x15\x03\x03\x00\x02\x02\x0a"
        for size in range(1, len(alert) + 1):
            whole = size == len(alert)
            with self.subTest(size), Talker(alert[:size]) as port:
                self.check(["127.0.0.1", port], "phase: options",
                           "cause: the port wants TLS: it answered a plain connection with TLS alert 10" if whole
                           else "cause: the port is likely to want TLS: the connection ended within",
                           "try:   turn TLS on: --ssl, or --tls-ca with the server's authority")

    def test_what_turns_the_handshake_down(self):
        with Talker(b"\x15\x03\x03\x00\x02\x02\x46") as port:
            self.check(["127.0.0.1", port, "--ssl"], "phase: tls_handshake", "TLS alert 70, protocol version",
                       "try:   the server turned the handshake down: check what TLS it is set up for")

    def test_what_says_nothing(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        port = str(listener.getsockname()[1])
        self.check(["127.0.0.1", port], "phase: options", "timed out", "try:   the port may want TLS", seconds=2)
        self.check(["127.0.0.1", port, "--ssl"], "phase: tls_handshake", "timed out", "try:   check that the port speaks TLS",
                   seconds=2)

    def test_no_authority_to_trust(self):
        with Node() as node:
            for name in ("/nowhere/ca.pem", HOME, __file__):
                self.check(["127.0.0.1", str(node.port), "--tls-ca", name], f"cannot use the CA file '{name}'")
            self.assertEqual(node.connections, 0)

    def test_a_keyspace_that_is_not_there(self):
        with Node() as node:
            self.check(["127.0.0.1", str(node.port), "-k", "nope"], "phase: use_keyspace", "Keyspace 'nope' does not exist",
                       "try:   check -k")


class CommandLine(unittest.TestCase):
    def test_version(self):
        for option in ("--version", "-v"):
            ran = shell(option)
            self.assertEqual((ran.returncode, ran.stderr), (0, ""))
            self.assertRegex(ran.stdout, r"^cocqlsh \d+\.\d+\.\d+\n$")

    def test_help(self):
        ran = shell("--help")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        for word in ("[host] [port]", "-e,--execute", "--tls-ca", "Exit codes: ", "Any --tls option turns TLS on"):
            self.assertIn(word, ran.stdout)

    def test_mistakes(self):
        for arguments, word in ((["--frobnicate"], "--frobnicate"), (["localhost", "70000"], "70000"), (["a", "1", "b"], "b"),
                                (["-e"], "-e"), (["--tls-verify", "some"], "--tls-verify")):
            ran = shell(*arguments)
            self.assertEqual((ran.returncode, ran.stdout), (1, ""), arguments)
            self.assertIn(word, ran.stderr)


class AtThePrompt(WithNode):
    def open(self):
        terminal = Terminal(*self.where)
        self.addCleanup(os.close, terminal.master)
        terminal.read_until(r"cocqlsh> ")
        return terminal

    def test_ctrl_c_at_an_empty_prompt(self):
        terminal = self.open()
        for _ in range(3):
            terminal.type("\x03")
            terminal.read_until(r"cocqlsh> ")
        self.assertEqual(terminal.end(), 0)

    def test_ctrl_c_at_a_statement_half_typed_over_two_lines(self):
        terminal = self.open()
        terminal.type("SELECT one\r")
        terminal.read_until(r"   \.\.\. ")
        terminal.type("and 'two\x03")
        terminal.read_until(r"\n\S*cocqlsh> |\n(?s:.*)cocqlsh> ")
        terminal.run("SELECT three;")
        self.assertEqual(self.node.statements[-1], "SELECT three")
        self.assertEqual(terminal.end(), 0)
        self.assertNotIn("SELECT one", text_of(f"{HOME}/.cassandra/cocqlsh_history"))

    def test_a_comment_over_two_lines(self):
        terminal = self.open()
        terminal.type("/* one;\r")
        terminal.read_until(r"   \.\.\. ")
        terminal.type("two; */ SELECT three;\r")
        terminal.read_until(r"cocqlsh> ")
        self.assertEqual(self.node.statements[-1], "SELECT three")
        self.assertEqual(terminal.end(), 0)

    def test_who_forgets_the_semicolon_is_told(self):
        terminal = self.open()
        terminal.type("SELECT one\r\r\r")
        self.assertNotIn("Statements are terminated", terminal.read_until(r"(\.\.\. (?s:.*)){3}"))
        terminal.type("\r")
        terminal.read_until(r"Statements are terminated with a ';'(?s:.*)\.\.\. ")
        terminal.type(";\r")
        terminal.read_until(r"cocqlsh> ")
        self.assertTrue(self.node.statements[-1].startswith("SELECT one"))
        self.assertEqual(terminal.end(), 0)

    def test_ctrl_d_in_a_statement(self):
        terminal = self.open()
        terminal.type("SELECT one\r")
        terminal.read_until(r"   \.\.\. ")
        self.assertEqual(terminal.end(), 0)
        self.assertNotIn("SELECT one", self.node.statements)


if __name__ == "__main__":
    unittest.main(verbosity=1)
