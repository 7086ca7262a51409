#!/usr/bin/env python3
"""Whatever a server sends, the terminal shows it and does not obey it: hostile_test.py PROGRAM"""

import os
import re
import struct
import unittest
import uuid

import node
from node import Node, error, table, udt_of
from running import Terminal, shell

# Clears the screen, rings, sets a title, moves by a C1 control, turns the direction of writing, is no UTF-8.
HOSTILE = "x\x1b[2J\x07\x1b]0;title\x07\u009b5A\u202etxet\u202c\x00\x7f".encode() + b"\x9b2J\xff."
SHOWN = r"x\x1b[2J\x07\x1b]0;title\x07\x9b5A\u202etxet\u202c\x00\x7f\x9b2J\xff."
# Texts in rows must be UTF-8.
HOSTILE_TEXT = HOSTILE.split(b"\x9b2J\xff")[0].decode()
SHOWN_TEXT = SHOWN.split(r"\x9b2J\xff")[0]

OURS = re.compile(r"\x1b\[(0m|0;1;3[1-7]m|0;35m|\?2004[hl])")
TRACE = "11111111-1111-11ee-8080-808080808080"


def trace_session(text):
    coordinator = bytes((127, 0, 0, 1))
    return table({"request": node.TEXT, "coordinator": node.INET, "started_at": node.TIMESTAMP, "duration": node.INT},
                 [text, coordinator, 1_700_000_000_000, struct.pack(">i", 5)])


def trace_events(text):
    return table({"event_id": node.TIMEUUID, "activity": node.TEXT, "source": node.INET, "source_elapsed": node.INT,
                  "thread": node.TEXT}, [uuid.UUID(TRACE).bytes, text, bytes((127, 0, 0, 1)), struct.pack(">i", 1), text])


class WithNode(unittest.TestCase):
    def setUp(self):
        self.node = Node()
        self.node.start()
        self.addCleanup(self.node.stop)
        self.where = ["127.0.0.1", str(self.node.port)]

    def open(self, *arguments, prompt=r"cocqlsh\S*> "):
        terminal = Terminal(*self.where, *arguments)
        self.addCleanup(os.close, terminal.master)
        terminal.read_until(prompt)
        return terminal


class Shown(WithNode):
    def check(self, terminal, *texts):
        """That each text was shown, and nothing was sent that a terminal obeys but colours, pastes and line ends."""
        plain = OURS.sub("", terminal.seen)
        for text in texts:
            self.assertIn(text, plain)
        self.assertEqual(re.findall(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffd]", plain), [])
        self.assertEqual(re.findall(r"\r(?!\n)", plain), [])

    def check_statement(self, statement, *texts):
        terminal = self.open()
        terminal.run(statement)
        self.check(terminal, *texts)
        self.assertEqual(terminal.end(), 0)

    def test_errors(self):
        for code in (0x0000, 0x2000, 0x2200):
            self.node.answers = {"boom": error(code, HOSTILE)}
            self.check_statement("boom;", SHOWN)
        # One that nobody knows is told by the library, whose texts end at the first zero.
        self.node.answers = {"boom": error(0x7777, HOSTILE.replace(b"\0", b""))}
        self.check_statement("boom;", SHOWN.replace(r"\x00", ""))

    def test_what_an_error_names(self):
        self.node.answers = {"boom": (0, error(0x2400, "")[1] + node.string(HOSTILE) + node.string(HOSTILE))}
        self.check_statement("boom;", f"Table '{SHOWN}.{SHOWN}' already exists")

    def test_errors_of_several_lines_are_one_line(self):
        self.node.answers = {"boom": error(0x2200, "one\r\ntwo\n\tthree")}
        self.check_statement("boom;", r"one\r\ntwo\n\tthree")

    def test_warnings(self):
        self.node.warnings = [HOSTILE]
        self.check_statement("SELECT rows 2;", "Warnings :\r\n" + SHOWN)

    def test_names_of_columns_and_fields(self):
        columns = {HOSTILE_TEXT: udt_of("u", **{HOSTILE_TEXT: node.TEXT})}
        self.node.answers = {"SELECT all": table(columns, [node.sized(HOSTILE_TEXT)])}
        for statement in ("SELECT all;", "EXPAND ON; SELECT all;"):
            terminal = self.open()
            terminal.run(statement)
            self.check(terminal, f"{{{SHOWN_TEXT}: '{SHOWN_TEXT}'}}")
            self.assertEqual(terminal.end(), 0)

    def test_columns_stay_aligned(self):
        self.node.answers = {"SELECT all": table({"c": udt_of("u", **{"a\x1b": node.TEXT})}, [node.sized("b")], [None])}
        for colour in ("--color", "--no-color"):
            terminal = self.open(colour)
            said = OURS.sub("", terminal.run("SELECT all;"))
            self.assertIn("\r\n c\r\n--------------\r\n {a\\x1b: 'b'}\r\n         null\r\n", said)
            self.assertEqual(terminal.end(), 0)

    def test_descriptions_keep_their_lines(self):
        statement = f"CREATE TABLE t (\n\tc {HOSTILE_TEXT} int,\r\n    over\rwritten"
        self.node.answers = {"DESCRIBE T": table({"create_statement": node.TEXT}, [statement])}
        terminal = self.open()
        terminal.run("DESCRIBE TABLE t")
        self.assertIn("CREATE TABLE t (\r\n\tc ", terminal.seen)
        self.assertIn(r"over\rwritten", terminal.seen)
        terminal.seen = terminal.seen.replace("\t", "").replace("\r\r\n", "\r\n")
        self.check(terminal, f"c {SHOWN_TEXT} int,\r\n    over")
        self.assertEqual(terminal.end(), 0)

    def test_what_is_captured_by_a_terminal(self):
        self.node.answers = {"DESCRIBE": table({"create_statement": node.TEXT}, [HOSTILE_TEXT]),
                             "SELECT all": table({"c": udt_of("u", **{HOSTILE_TEXT: node.TEXT})}, [node.sized("v")])}
        terminal = self.open("--color")
        terminal.run("CAPTURE '/dev/tty'")
        terminal.run("SELECT all;")
        terminal.run("DESCRIBE TABLE t")
        self.check(terminal, f"{{{SHOWN_TEXT}: 'v'}}", "\r\n" + SHOWN_TEXT.replace(r"\n", "\r\n"))
        self.assertEqual(terminal.end(), 0)

    def test_lists_of_names(self):
        names = {"keyspace_name": node.TEXT, "name": node.TEXT}
        self.node.answers = {"DESCRIBE KEYSPACES": table(names, [HOSTILE_TEXT, HOSTILE_TEXT]),
                             "DESCRIBE TABLES": table(names, [HOSTILE_TEXT, HOSTILE_TEXT]),
                             "DESCRIBE CLUSTER": table({"cluster": node.TEXT, "partitioner": node.TEXT},
                                                       [HOSTILE_TEXT, HOSTILE_TEXT])}
        self.check_statement("DESCRIBE KEYSPACES", SHOWN_TEXT)
        self.check_statement("DESCRIBE TABLES", f"Keyspace {SHOWN_TEXT}")
        self.check_statement("DESCRIBE CLUSTER", f"Cluster: {SHOWN_TEXT}", f"Partitioner: {SHOWN_TEXT}")
        self.node.answers = {"DESCRIBE": table({"unknown": node.TEXT}, [HOSTILE_TEXT])}
        self.check_statement("DESCRIBE SOMETHING", SHOWN_TEXT)

    def test_the_keyspace_in_the_prompt(self):
        self.node.answers = {"USE": node.used(HOSTILE)}
        terminal = self.open()
        terminal.type("USE ks;\r")
        terminal.read_until(r"cocqlsh:[^>]*> ")
        self.check(terminal, f"cocqlsh:{SHOWN}> ")
        self.assertEqual(terminal.end(), 0)

    def test_the_greeting(self):
        self.node.answers = {"system.local": table({"cluster_name": node.TEXT, "release_version": node.TEXT,
                                                    "cql_version": node.TEXT}, [HOSTILE_TEXT] * 3)}
        terminal = self.open()
        self.check(terminal, f"Connected to {SHOWN_TEXT} at ", f"Cassandra {SHOWN_TEXT}", f"CQL spec {SHOWN_TEXT}")
        self.assertEqual(terminal.end(), 0)

    def test_traces(self):
        self.node.answers = {"system_traces.sessions": trace_session(HOSTILE_TEXT),
                             "system_traces.events": trace_events(HOSTILE_TEXT)}
        self.check_statement(f"SHOW SESSION {TRACE}", f"{SHOWN_TEXT} [{SHOWN_TEXT}]", SHOWN_TEXT + " |")
        self.check_statement(f"TRACING WATERFALL; SHOW SESSION {TRACE}", f"{SHOWN_TEXT} on 127.0.0.1", f"| {SHOWN_TEXT}")

    def test_what_is_said_before_a_connection_is_there(self):
        self.node.authenticator = HOSTILE
        terminal = self.open(prompt="(?s)Could not connect .*try: .*\n")
        self.check(terminal, SHOWN)
        self.assertEqual(terminal.wait(), 1)

    def test_what_a_server_offers(self):
        self.node.supported = {"COMPRESSION": [HOSTILE]}
        terminal = self.open("--compression", "lz4", prompt="(?s)Could not connect .*try: .*\n")
        self.check(terminal, SHOWN)
        self.assertEqual(terminal.wait(), 1)

    def test_what_is_pasted_or_recalled_into_the_line(self):
        terminal = self.open()
        terminal.type("\x1b[200~SELECT '\u009b2J\u202e\x07';\x1b[201~")
        terminal.read_until("SELECT '.*';")
        self.check(terminal, r"SELECT '\x9b2J\u202e';")
        terminal.type("\x03")
        terminal.read_until(r"cocqlsh> ")
        self.assertEqual(terminal.end(), 0)


class Odd(WithNode):
    """Answers without the columns that were asked for: the shell goes on."""

    def test_what_the_shell_asks_for_itself(self):
        odd = table({"other": node.TEXT}, ["value"])
        self.node.answers = {"system": odd, "DESCRIBE CLUSTER": table({"cluster": node.TEXT}, ["c"])}
        terminal = self.open()
        for command in ("SHOW HOST", "SHOW VERSION", "SHOW REPLICAS 0 ks", "SELECT rows 1;", "DESCRIBE CLUSTER",
                        "DESCRIBE TABLES", f"SHOW SESSION {TRACE}", "SELECT rows 2;"):
            terminal.run(command)
        self.assertEqual(terminal.end(), 0)


class Passed(unittest.TestCase):
    def test_what_is_no_terminal_gets_it_as_it_came(self):
        statement = f"CREATE {HOSTILE_TEXT}\n\tend"
        with Node() as hostile:
            hostile.answers = {"DESCRIBE": table({"create_statement": node.TEXT}, [statement]),
                               "SELECT all": table({"c": udt_of("u", **{"f\x1b[1m": node.TEXT})}, [node.sized("v")]),
                               "boom": error(0x2000, HOSTILE_TEXT)}
            ran = shell("127.0.0.1", str(hostile.port), "-e", "DESCRIBE TABLE t; SELECT all; boom")
        self.assertEqual(ran.returncode, 2)
        self.assertIn(f"\n{statement}\n", ran.stdout)
        self.assertIn("{f\x1b[1m: 'v'}\n", ran.stdout)
        self.assertEqual(ran.stderr, f"SyntaxException: {HOSTILE_TEXT}\n")


if __name__ == "__main__":
    unittest.main(verbosity=1)
