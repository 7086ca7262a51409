#!/usr/bin/env python3
"""The terminal is left as it was found, however cocqlsh ends or stops: terminal_test.py PROGRAM"""

import os
import re
import signal
import tempfile
import termios
import time
import unittest

from node import Node
from running import PATIENCE, Terminal

BRACKETS_ON, BRACKETS_OFF = "\x1b[?2004h", "\x1b[?2004l"


class Restored(unittest.TestCase):
    def setUp(self):
        self.node = Node()
        self.node.start()
        self.addCleanup(self.node.stop)

    def open(self, *arguments, prompt=r"cocqlsh> "):
        self.terminal = Terminal("127.0.0.1", str(self.node.port), *arguments, job=True)
        self.addCleanup(os.close, self.terminal.master)
        self.terminal.read_until(prompt)
        self.assert_raw()
        return self.terminal

    def assert_raw(self):
        self.assertFalse(self.terminal.settings()[3] & (termios.ECHO | termios.ICANON | termios.ISIG))

    def assert_as_before(self):
        self.assertEqual(self.terminal.settings(), self.terminal.before)
        self.assertLessEqual(self.terminal.seen.rfind(BRACKETS_ON), self.terminal.seen.rfind(BRACKETS_OFF))

    def assert_ended(self, code):
        self.terminal.read_until(r"\[ended %d\]" % code)
        self.assert_as_before()
        self.terminal.type("\n")
        self.assertEqual(self.terminal.wait(), 0)

    def assert_stopped_and_go_on(self):
        self.terminal.read_until(r"\[stopped\]")
        self.assert_as_before()
        self.terminal.type("fg\n")

    def begin_waiting(self):
        self.terminal.type("SELECT silent;\r")
        self.assertTrue(self.node.silenced.wait(PATIENCE))
        # Read now: a key that makes a signal flushes what the terminal has not passed on yet.
        self.terminal.read_until(re.escape(BRACKETS_OFF))
        self.assertEqual(self.terminal.settings(), self.terminal.before)

    def test_exit(self):
        self.open().type("EXIT\r")
        self.assert_ended(0)

    def test_end_of_input(self):
        self.open().type("\x04")
        self.assert_ended(0)

    def test_signals_at_a_line_that_is_being_typed(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGABRT):
            with self.subTest(number):
                self.open().type("half a li")
                self.terminal.read_until("half a li")
                os.kill(self.terminal.job, number)
                self.assert_ended(-number)

    def test_signals_while_a_statement_is_waited_for(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(number):
                self.node.silenced.clear()
                self.open()
                self.begin_waiting()
                os.kill(self.terminal.job, number)
                self.assert_ended(-number)

    def test_signals_at_a_password(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(number):
                self.open("-u", "me", prompt="Password: ").type("secr")
                os.kill(self.terminal.job, number)
                self.assert_ended(-number)

    def test_sigterm_while_the_terminal_takes_nothing(self):
        with tempfile.NamedTemporaryFile("w", suffix=".cql") as script:
            script.write("HELP\n" * 2000)
            script.flush()
            self.open().type(f"SOURCE '{script.name}'\r")
            time.sleep(0.5)  # it has filled the terminal by now; where not, the test is only weaker
            os.kill(self.terminal.job, signal.SIGTERM)
            self.assert_ended(-signal.SIGTERM)

    def test_ctrl_backslash(self):
        self.open().type("half\x1c")
        self.assert_ended(-signal.SIGQUIT)

    def test_ctrl_backslash_while_a_statement_is_waited_for(self):
        self.open()
        self.begin_waiting()
        self.terminal.type("\x1c")
        self.assert_ended(-signal.SIGQUIT)

    def test_an_error_exit(self):
        self.node.stop()
        self.addCleanup(self.node.start)
        self.open("-u", "me", prompt="Password: ").type("secret\r")
        self.assert_ended(1)
        self.assertIn("Connection refused", self.terminal.seen)
        self.assertNotIn("secret", self.terminal.seen)

    def test_a_password_given_up(self):
        self.open("-u", "me", prompt="Password: ").type("secr\x03")
        self.assert_ended(130)

    def test_ctrl_z_and_fg(self):
        self.open().type("SELECT one\x1a")
        self.assert_stopped_and_go_on()
        self.terminal.read_until(r"cocqlsh> SELECT one")
        self.assert_raw()
        self.terminal.type(" and two;\r")
        self.terminal.read_until(r"cocqlsh> ")
        self.assertEqual(self.node.statements[-1], "SELECT one and two")
        self.terminal.type("EXIT\r")
        self.assert_ended(0)

    def test_ctrl_z_twice(self):
        self.open()
        for _ in range(2):
            self.terminal.type("\x1a")
            self.assert_stopped_and_go_on()
            self.terminal.read_until(r"cocqlsh> ")
        self.assert_raw()
        self.terminal.type("\x04")
        self.assert_ended(0)

    def test_ctrl_z_while_a_statement_is_waited_for(self):
        self.open()
        self.begin_waiting()
        self.terminal.type("\x1a")
        self.assert_stopped_and_go_on()
        while os.tcgetpgrp(self.terminal.master) != self.terminal.job:
            time.sleep(0.001)  # only in the foreground Ctrl-C reaches it
        self.terminal.type("\x03")
        self.terminal.read_until(r"(?s)interrupted.*cocqlsh> ")
        self.terminal.type("EXIT\r")
        self.assert_ended(0)

    def test_ctrl_z_at_a_password(self):
        self.open("-u", "me", prompt="Password: ").type("sec\x1a")
        self.assert_stopped_and_go_on()
        self.terminal.read_until("Password: ")
        self.assert_raw()
        self.terminal.type("ret\r")
        self.terminal.read_until(r"cocqlsh> ")
        self.terminal.type("EXIT\r")
        self.assert_ended(0)
        self.assertNotIn("sec", self.terminal.seen)

    def test_ctrl_z_between_pages(self):
        self.node.more_pages = True
        self.open().type("SELECT rows 3;\r")
        self.terminal.read_until("---MORE---")
        self.terminal.type("\x1a")
        self.assert_stopped_and_go_on()
        self.terminal.read_until("---MORE---")
        self.assert_raw()
        self.terminal.type("q")
        self.terminal.read_until(r"cocqlsh> ")
        self.terminal.type("EXIT\r")
        self.assert_ended(0)

    def test_stopped_from_outside(self):
        for number in (signal.SIGTSTP, signal.SIGSTOP):
            with self.subTest(number):
                self.open().type("SELECT one;")
                self.terminal.read_until(r"SELECT one;")
                os.kill(self.terminal.job, number)
                self.terminal.read_until(r"\[stopped\]")
                # As a shell does that wants its own settings back.
                termios.tcsetattr(self.terminal.master, termios.TCSANOW, self.terminal.before)
                self.terminal.type("fg\n")
                self.terminal.read_until(r"cocqlsh> SELECT one;")
                self.assert_raw()
                self.terminal.type("\r")
                self.terminal.read_until(r"cocqlsh> ")
                self.assertEqual(self.node.statements[-1], "SELECT one")
                self.terminal.type("EXIT\r")
                self.terminal.read_until(r"\[ended 0\]")
                self.assertEqual(self.terminal.settings(), self.terminal.before)
                self.terminal.type("\n")
                self.terminal.wait()

    def test_a_hang_up_that_is_ignored_stays_so(self):
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self.addCleanup(signal.signal, signal.SIGHUP, before)
        self.open()
        os.kill(self.terminal.job, signal.SIGHUP)
        self.terminal.run("SELECT one;")
        self.terminal.type("EXIT\r")
        self.assert_ended(0)


class Resized(unittest.TestCase):
    def test_a_line_is_drawn_for_the_new_width_while_it_is_typed(self):
        with Node() as node:
            terminal = Terminal("127.0.0.1", str(node.port), columns=100)
            terminal.read_until(r"cocqlsh> ")
            line = "SELECT " + "x" * 60
            terminal.type(line)
            terminal.read_until(line)
            terminal.resize(40)
            # 76 columns of prompt and line: the terminal has wrapped them into two rows, the cursor is on the second.
            terminal.read_until(r"\x1b\[1A\r\x1b\[J\S*cocqlsh> " + line)
            terminal.resize(100)
            terminal.read_until(r"(?<!A)\r\x1b\[J\S*cocqlsh> " + line)
            terminal.type(";\r")
            terminal.read_until(r"cocqlsh> ")
            self.assertEqual(node.statements[-1], line)
            self.assertEqual(terminal.end(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
