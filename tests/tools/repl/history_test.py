#!/usr/bin/env python3
"""What was typed comes back as it was typed, and passwords do not: history_test.py PROGRAM"""

import os
import re
import subprocess
import tempfile
import unittest

from node import Node
from running import ENVIRONMENT, PATIENCE, PROGRAM, Terminal, text_of

UP = "\x1b[A"


class WithHistory(unittest.TestCase):
    def setUp(self):
        self.node = Node()
        self.node.start()
        self.addCleanup(self.node.stop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "history")

    def open(self, *arguments, prompt=r"cocqlsh> "):
        terminal = Terminal("127.0.0.1", str(self.node.port), *arguments, CQL_HISTORY=self.path)
        self.addCleanup(os.close, terminal.master)
        terminal.read_until(prompt)
        return terminal

    def type_lines(self, terminal, *lines):
        for line in lines[:-1]:
            terminal.type(line + "\r")
            terminal.read_until(r"   \.\.\. ")
        terminal.type(lines[-1] + "\r")
        terminal.read_until(r"cocqlsh\S*> ")

    def enter(self, terminal, keys, shown):
        """Types the keys, and Enter when the screen shows what they lead to."""
        terminal.type(keys)
        terminal.read_until(re.escape(shown))
        terminal.type("\r")
        terminal.read_until(r"\n(?s:.*)cocqlsh\S*> ")

    def last(self):
        return self.node.statements[-1]


class Recalled(WithHistory):
    entries = {
        "a comment at the end of a line": (["SELECT one -- of two", "FROM t;"], "SELECT one          \nFROM t"),
        "a text over two lines": (["INSERT 'one", "  two';"], "INSERT 'one\n  two'"),
        "a body": (["CREATE FUNCTION f AS $$", "// a", "return 1;", "$$;"], "CREATE FUNCTION f AS $$\n// a\nreturn 1;\n$$"),
        "a batch": (["BEGIN BATCH", "INSERT one; -- 1", "INSERT two;", "APPLY BATCH;"], "BEGIN BATCH\nINSERT one;     \nINSERT two;\nAPPLY BATCH"),
        "an empty line": (["SELECT", "", "one;"], "SELECT\n\none"),
    }

    def test_a_statement_over_several_lines_runs_again_as_it_was(self):
        for name, (lines, statement) in self.entries.items():
            with self.subTest(name):
                terminal = self.open()
                self.type_lines(terminal, *lines)
                self.assertEqual(self.last(), statement)
                terminal.run("SELECT between;")
                self.enter(terminal, UP + UP, lines[-1])
                self.assertEqual(self.last(), statement)
                self.assertEqual(terminal.end(), 0)

    def test_from_the_file_too(self):
        for name, (lines, statement) in self.entries.items():
            with self.subTest(name):
                terminal = self.open()
                self.type_lines(terminal, *lines)
                terminal.end()
                self.node.statements.clear()
                terminal = self.open()
                self.enter(terminal, UP, lines[-1])
                self.assertEqual(self.last(), statement)
                self.assertEqual(terminal.end(), 0)

    def test_it_can_be_edited_in_any_of_its_lines(self):
        terminal = self.open()
        self.type_lines(terminal, "SELECT one", "FROM t", "WHERE k = 1;")
        # Back to the line's end, up by a line each, and in the first one `one` becomes `two`.
        self.enter(terminal, UP + "\x05" + UP + UP + "\x05\x7f\x7f\x7ftwo", "SELECT two")
        self.assertEqual(self.last(), "SELECT two\nFROM t\nWHERE k = 1")
        self.assertEqual(terminal.end(), 0)
        self.assertEqual(text_of(self.path), "SELECT one\x01FROM t\x01WHERE k = 1;\nSELECT two\x01FROM t\x01WHERE k = 1;\n")

    def test_it_is_found_by_ctrl_r(self):
        terminal = self.open()
        self.type_lines(terminal, "SELECT one -- first", "FROM t;")
        terminal.run("SELECT between;")
        self.enter(terminal, "\x12first", "first': SELECT one -- first")
        self.assertEqual(self.last(), "SELECT one         \nFROM t")
        self.assertEqual(terminal.end(), 0)

    def test_files_written_before_read_as_before(self):
        with open(self.path, "w") as file:
            file.write("SELECT one FROM t;\nINSERT 'a\\nb';\nSELECT last;\n")
        terminal = self.open()
        for statement in ("SELECT last", "INSERT 'a\\nb'", "SELECT one FROM t"):
            terminal.type(UP)
            terminal.read_until(re.escape(statement))
        self.enter(terminal, " ", " ")
        self.assertEqual(self.last(), "SELECT one FROM t")
        self.assertEqual(terminal.end(), 0)
        self.assertEqual(len(text_of(self.path).splitlines()), 4)


class Disabled(WithHistory):
    def check(self, *arguments):
        with open(self.path, "w") as file:
            file.write("SELECT before;\n")
        terminal = self.open(*arguments)
        terminal.run("SELECT now;")
        self.enter(terminal, UP + UP, "SELECT before;")
        self.assertEqual(self.last(), "SELECT before")
        self.assertEqual(terminal.end(), 0)
        self.assertEqual(text_of(self.path), "SELECT before;\n")

    def test_by_an_option(self):
        self.check("--disable-history")

    def test_by_cqlshrc(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("[history]\ndisabled = true\n")
            file.flush()
            self.check("--cqlshrc", file.name)


class Secrets(WithHistory):
    secret = "hunter2"
    statements = [
        ["LOGIN me 'hunter2'"], ["login me hunter2;"], ["SHOW VERSION; LOGIN me hunter2"], ["/* x */ LOGIN me hunter2"],
        ["/* x", "*/ LOGIN me hunter2"], ["-- x", "LOGIN me hunter2"], ["; LOGIN me hunter2"], ["SELECT one; /* x */ LOGIN 'me' 'hunter2';"],
        ["CREATE ROLE r WITH PASSWORD = 'hunter2';"], ["create user u with password 'hunter2';"], ["ALTER ROLE r", "WITH", "PASSWORD", "= 'hunter2';"],
        ["CREATE ROLE r WITH HASHED PASSWORD = 'hunter2';"], ["CREATE ROLE r WITH SALTED HASH = 'hunter2';"],
        ["CREATE ROLE r WITH SALTED /* x */", "HASH='hunter2';"], ["ALTER USER u WITH salted hash 'hunter2';"],
        ["SELECT one -- password: hunter2", ";"], ["BEGIN BATCH; LOGIN me hunter2; APPLY BATCH;"], ["SELECT one", "LOGIN me hunter2;"],
    ]

    def test_a_password_never_reaches_the_file(self):
        for lines in self.statements:
            with self.subTest(lines):
                terminal = self.open()
                for line in lines:
                    terminal.type(line + "\r")
                    terminal.read_until(r"cocqlsh> |   \.\.\. ")
                terminal.run("SELECT after;")
                self.assertEqual(terminal.end(), 0)
                self.assertNotIn(self.secret, text_of(self.path))
                self.assertIn("SELECT after;", text_of(self.path))

    def test_what_only_looks_like_one_is_kept(self):
        statements = ["CREATE ROLE r WITH LOGIN = true;", "SELECT login FROM t;", "SELECT salted, hash FROM t;", "ALTER ROLE r WITH login=false;"]
        terminal = self.open()
        for statement in statements:
            terminal.run(statement)
        self.type_lines(terminal, "CREATE ROLE r WITH", "LOGIN = true;")
        self.assertEqual(terminal.end(), 0)
        self.assertEqual(text_of(self.path).splitlines(), statements + ["CREATE ROLE r WITH\x01LOGIN = true;"])


class ListOfProcesses(WithHistory):
    """What ps shows of us to every user of the machine."""

    def words_of(self, *arguments):
        silent = ["-e", "SELECT silent"] if "-e" not in arguments else []
        with subprocess.Popen([PROGRAM, "127.0.0.1", str(self.node.port), *arguments, *silent], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENVIRONMENT) as child:
            self.assertTrue(self.node.silenced.wait(PATIENCE))
            self.node.silenced.clear()
            with open(f"/proc/{child.pid}/cmdline", "rb") as file:
                words = file.read()
            child.terminate()
            return words, child.stderr.read().decode()

    def test_a_password_is_not_among_the_arguments(self):
        for arguments in (["-p", "hunter2"], ["-phunter2"], ["--password", "hunter2"], ["--password=hunter2"], ["--pass", "hunter2"],
                          ["--pass=hunter2"], ["-Cphunter2"], ["-Cp", "hunter2"], ["-p", "-hunter2"],
                          ["-e", "CREATE ROLE r WITH PASSWORD = 'hunter2'; SELECT silent"]):
            with self.subTest(arguments):
                words, _ = self.words_of("-u", "somebody", *arguments)
                self.assertNotIn(b"hunter2", words)
                self.assertIn(b"somebody", words)

    def test_nor_is_that_of_a_key(self):
        self.node.deaf = True
        with subprocess.Popen([PROGRAM, "127.0.0.1", str(self.node.port), "--tls-key-password=hunter2"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT) as child:
            self.assertTrue(self.node.heard.wait(PATIENCE))
            with open(f"/proc/{child.pid}/cmdline", "rb") as file:
                self.assertNotIn(b"hunter2", file.read())
            child.terminate()

    def test_it_is_warned_of_once(self):
        warning = "Warning: Using a password on the command line interface can be insecure.\n" \
                  "Recommendation: use the credentials file to securely provide the password.\n"
        self.assertEqual(self.words_of("-u", "me", "-p", "hunter2")[1].count(warning), 1)
        for arguments in (["-u", "me", "-p", "hunter2", "--insecure-password-without-warning"], ["-u", "me"], ["-u", "me", "-p", ""]):
            self.assertEqual(self.words_of(*arguments)[1], "", arguments)

    def test_it_is_used_all_the_same(self):
        self.node.accounts = {"me": "hunter2", "dash": "-p"}
        self.words_of("-u", "me", "-phunter2")
        self.words_of("--user=dash", "-p", "-p")
        self.assertEqual(self.node.logins, [("me", "hunter2"), ("dash", "-p")])


if __name__ == "__main__":
    unittest.main(verbosity=1)
