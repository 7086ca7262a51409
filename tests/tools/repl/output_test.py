#!/usr/bin/env python3
"""All of cocqlsh's output arrives, until somebody interrupts it: output_test.py PROGRAM"""

import array
import fcntl
import os
import pty
import re
import select
import signal
import socket
import subprocess
import termios
import time
import unittest

import node
from node import Node, table
from running import ENVIRONMENT, PATIENCE, PROGRAM, Terminal

ROWS = 100_000
PIPE_SIZE = 1032  # F_GETPIPE_SZ, which Python's fcntl has from 3.10 on
LAST_ROW = f" row {ROWS - 1}"


def is_non_blocking(descriptor):
    return bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_NONBLOCK)


def waiting_bytes(descriptor):
    count = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]


class WithNode(unittest.TestCase):
    def setUp(self):
        self.node = Node()
        self.node.start()
        self.addCleanup(self.node.stop)
        self.where = ["127.0.0.1", str(self.node.port)]

    def begin(self, *arguments, env=None, **options):
        process = subprocess.Popen([PROGRAM, *self.where, *arguments], env={**ENVIRONMENT, **(env or {})}, **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def wait_until(self, condition):
        until = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.001)


class Complete(WithNode):
    """Whoever shares the open files with us, and whatever mode they put them into."""

    def read_slowly(self, descriptor, end):
        seen = b""
        while not seen.endswith(end):
            self.assertTrue(select.select([descriptor], [], [], 20)[0], seen[-100:])
            block = os.read(descriptor, 3000)
            self.assertTrue(block, seen[-100:])
            seen += block
        return seen

    def check_rows(self, seen):
        self.assertEqual(re.findall(rb"\brow (\d+)", seen), [b"%d" % i for i in range(ROWS)])

    def test_one_socket_for_input_and_output(self):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        process = self.begin(stdin=theirs, stdout=theirs, stderr=theirs)
        ours.sendall(b"SELECT rows 1;\n")
        self.read_slowly(ours.fileno(), b"(1 rows)\n")
        self.assertFalse(is_non_blocking(theirs.fileno()))
        ours.sendall(f"SELECT rows {ROWS};\nEXIT\n".encode())
        self.check_rows(self.read_slowly(ours.fileno(), b"(%d rows)\n" % ROWS))
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_nothing_is_left_behind_by_a_shell_that_was_killed(self):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        process = self.begin(stdin=theirs, stdout=theirs, stderr=theirs)
        ours.sendall(b"SELECT rows 1;\n")
        self.read_slowly(ours.fileno(), b"(1 rows)\n")
        process.kill()
        process.wait()
        self.assertFalse(is_non_blocking(theirs.fileno()))

    def test_the_terminal_of_another_user(self):
        if os.geteuid() != 0:
            self.skipTest("only root can run a program as another user")
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)
        os.chmod(os.ttyname(slave), 0o600)
        try:
            process = self.begin("--no-color", stdin=slave, stdout=slave, stderr=slave, user=65534, group=65534,
                                 extra_groups=[], env={"HOME": "/nonexistent"})
        except PermissionError as refused:
            self.skipTest(f"another user cannot run {PROGRAM}: {refused}")
        self.read_slowly(master, b"cocqlsh> \x1b[?2004h")
        self.assertFalse(is_non_blocking(slave))
        os.write(master, f"SELECT rows {ROWS};\r".encode())
        self.check_rows(self.read_slowly(master, b"cocqlsh> \x1b[?2004h"))
        self.assertFalse(is_non_blocking(slave))
        os.write(master, b"\x04")
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_output_that_others_have_made_non_blocking(self):
        for kind in (os.pipe, lambda: [each.detach() for each in socket.socketpair()]):
            reading, writing = kind()
            os.set_blocking(writing, False)
            process = self.begin("-e", f"SELECT rows {ROWS}", stdin=subprocess.DEVNULL, stdout=writing)
            os.close(writing)
            self.check_rows(self.read_slowly(reading, b"(%d rows)\n" % ROWS))
            os.close(reading)
            self.assertEqual(process.wait(PATIENCE), 0)

    def test_errors_where_others_have_made_it_non_blocking(self):
        text = "e" * 60_000
        self.node.answers = {"boom": node.error(0x2000, text)}
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        process = self.begin("-e", "boom; boom; boom; boom", stdin=subprocess.DEVNULL, stdout=writing, stderr=writing)
        os.close(writing)
        self.wait_until(lambda: waiting_bytes(reading) + 4096 > fcntl.fcntl(reading, PIPE_SIZE))
        seen = b""
        while block := os.read(reading, 3000):
            seen += block
        os.close(reading)
        self.assertEqual(seen.decode(), f"SyntaxException: {text}\n" * 4)
        self.assertEqual(process.wait(PATIENCE), 2)

    def test_input_that_others_have_made_non_blocking(self):
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        process = self.begin(stdin=reading, stdout=subprocess.PIPE)
        os.write(writing, b"SELECT rows 1;\n")
        self.wait_until(lambda: "SELECT rows 1" in self.node.statements)
        os.write(writing, b"SELECT rows 2;\n")
        os.close(writing)
        seen, _ = process.communicate(timeout=PATIENCE)
        os.close(reading)
        self.assertTrue(seen.endswith(b"(2 rows)\n"), seen)
        self.assertEqual(process.returncode, 0)

    def test_descriptors_that_are_closed(self):
        for closed, code in (("<&-", 0), ("2>&-", 0), (">&-", 2), (">&- 2>&-", 2), ("<&- >&- 2>&-", 2), ("<&- >&-", 2)):
            self.node.received.clear()
            ran = subprocess.run(["/bin/sh", "-c", f"exec {PROGRAM} {' '.join(self.where)} -e 'SELECT rows 1; SELECT two' {closed}"],
                                 env=ENVIRONMENT, capture_output=True, timeout=PATIENCE)
            self.assertEqual(ran.returncode, code, closed)
            self.assertEqual(self.node.received, ["SELECT rows 1;", "SELECT two;"], closed)
            self.assertIn(b"(1 rows)\n" if code == 0 else b"", ran.stdout)
            if code == 2 and "2>&-" not in closed:
                self.assertEqual(ran.stderr, b"cannot write the output; some of it is lost\n")

    def test_what_is_printed_is_seen_before_the_next_answer_is_waited_for(self):
        terminal = Terminal(*self.where, "-e", "SELECT rows 1; SELECT silent")
        self.addCleanup(os.close, terminal.master)
        terminal.read_until(r"\(1 rows\)")
        self.assertTrue(self.node.silenced.wait(PATIENCE))
        terminal.type("\x03")
        terminal.read_until("interrupted; the statement may still be executed")
        self.assertEqual(terminal.wait(), 130)


class Interrupted(WithNode):
    """Ctrl-C while something long is printed."""

    def open(self, *arguments):
        terminal = Terminal(*self.where, *arguments)
        self.addCleanup(os.close, terminal.master)
        return terminal

    def at_prompt(self, *arguments):
        terminal = self.open(*arguments)
        terminal.read_until(r"cocqlsh> ")
        return terminal

    def check_goes_on(self, terminal):
        terminal.run("SELECT spoken;")
        self.assertEqual(self.node.statements[-1], "SELECT spoken")
        self.assertEqual(self.node.connections, 1)
        self.assertEqual(terminal.end(), 0)

    def check_ends_at_once(self, terminal, begun, last):
        """Of what is printed this much is read; then the terminal takes nothing until Ctrl-C was typed."""
        terminal.read_until(begun)
        terminal.type("\x03")
        typed = time.monotonic()
        seen = terminal.read_until(r"(?s)interrupted; the rest of the result is not shown.*cocqlsh> ")
        print(f"Ctrl-C to prompt: {(time.monotonic() - typed) * 1000:.0f} ms, {len(seen)} bytes after it")
        self.assertNotIn(last, terminal.seen)
        self.check_goes_on(terminal)

    def test_a_page_ends_at_once_and_the_connection_stays(self):
        for expand in ("OFF", "ON"):
            for colour in ("--color", "--no-color"):
                with self.subTest(expand=expand, colour=colour):
                    self.node.connections = 0
                    terminal = self.at_prompt(colour)
                    terminal.run(f"EXPAND {expand}")
                    terminal.type(f"SELECT rows {ROWS};\r")
                    self.check_ends_at_once(terminal, r"row 50\b", LAST_ROW)

    def test_a_page_that_is_being_laid_out(self):
        terminal = self.at_prompt()
        terminal.type(f"SELECT rows {ROWS};\r")
        self.wait_until(lambda: any("rows" in each for each in self.node.statements))
        terminal.type("\x03")
        terminal.read_until(r"(?s)interrupted; .*cocqlsh> ")
        self.assertNotIn(LAST_ROW, terminal.seen)
        self.check_goes_on(terminal)

    def test_a_description(self):
        text = "\n".join(f"line {i}" for i in range(ROWS))
        self.node.answers = {"DESCRIBE": table({"create_statement": node.TEXT}, [text], ["second"])}
        terminal = self.at_prompt()
        terminal.type("DESCRIBE SCHEMA\r")
        self.check_ends_at_once(terminal, r"line 50\b", f"line {ROWS - 1}")

    def test_the_rest_of_the_line_is_not_executed(self):
        terminal = self.at_prompt()
        terminal.type(f"SELECT rows {ROWS}; SELECT other;\r")
        self.check_ends_at_once(terminal, r"row 50\b", LAST_ROW)
        self.assertNotIn("SELECT other", self.node.statements)

    def test_a_colour_that_was_cut_does_not_go_on(self):
        terminal = self.at_prompt("--color")
        terminal.type(f"SELECT rows {ROWS};\r")
        terminal.read_until(r"row 50\b")
        terminal.type("\x03")
        seen = terminal.read_until(r"(?s)interrupted.*cocqlsh> ")
        self.assertRegex(seen, "\x18\x1b\\[0m\r\n\x1b\\[0;1;31minterrupted")

    def test_a_statement_on_the_command_line(self):
        terminal = self.open("-e", f"SELECT rows {ROWS}; SELECT other")
        terminal.read_until(r"row 50\b")
        terminal.type("\x03")
        terminal.read_until(r"interrupted; the rest of the result is not shown")
        self.assertEqual(terminal.wait(), 130)
        self.assertNotIn("SELECT other", self.node.statements)

    def test_a_pipe_that_nobody_reads(self):
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        process = self.begin("-e", f"SELECT rows {ROWS}", stdin=subprocess.DEVNULL, stdout=writing,
                             stderr=subprocess.PIPE, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        os.close(writing)
        self.wait_until(lambda: waiting_bytes(reading) + 4096 > fcntl.fcntl(reading, PIPE_SIZE))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 130)
        self.assertEqual(errors, b"interrupted; the rest of the result is not shown\n")

    def test_a_captured_result_too(self):
        path = os.path.join(ENVIRONMENT["HOME"], "captured")
        terminal = self.at_prompt()
        terminal.run(f"CAPTURE '{path}'")
        self.node.more_pages = True  # without end
        terminal.type("SELECT rows 1000;\r")
        self.wait_until(lambda: os.path.exists(path) and os.path.getsize(path) > 200_000)
        terminal.type("\x03")
        terminal.read_until(r"(?s)interrupted; .*cocqlsh> ")
        self.node.more_pages = False
        with open(path, encoding="utf-8") as file:
            self.assertTrue(file.read().endswith("\n"))
        terminal.run("CAPTURE OFF")
        self.check_goes_on(terminal)

    def test_a_script_that_waits_for_its_input(self):
        process = self.begin(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        process.stdin.write(b"SELECT one;\n")
        process.stdin.flush()
        self.wait_until(lambda: "SELECT one" in self.node.statements)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE), 130)
        for each in (process.stdin, process.stdout, process.stderr):
            each.close()


if __name__ == "__main__":
    unittest.main(verbosity=1)
