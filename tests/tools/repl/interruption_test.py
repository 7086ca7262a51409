#!/usr/bin/env python3
"""Ctrl-C wherever cocqlsh waits ends that, and what it was a part of: interruption_test.py PROGRAM"""

import os
import re
import select
import signal
import subprocess
import tempfile
import time
import unittest

import node
from node import Node, table
from running import ENVIRONMENT, PATIENCE, PROGRAM, Terminal

TRACE = "12345678-1234-1234-1234-123456789012"


def signals_of(process, what):
    """Which signals it ignores or catches, a bit each."""
    with open(f"/proc/{process}/status", encoding="utf-8") as file:
        return int(re.search(what + r":\s*(\w+)", file.read())[1], 16)


class WithNode(unittest.TestCase):
    def setUp(self):
        self.node = Node()
        self.node.start()
        self.addCleanup(self.node.stop)
        self.where = ["127.0.0.1", str(self.node.port)]
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def file(self, content, name="script.cql"):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
        return path

    def begin(self, *arguments, **options):
        terminal = Terminal(*self.where, *arguments, **options)
        self.addCleanup(os.close, terminal.master)
        return terminal

    def at_prompt(self, *arguments, prompt=r"cocqlsh> "):
        terminal = self.begin("--no-color", *arguments)
        terminal.read_until(prompt)
        return terminal

    def check_goes_on(self, terminal):
        terminal.run("SELECT rows 1;")
        self.assertEqual(self.node.statements[-1], "SELECT rows 1")
        self.assertTrue(re.search(r"\(1 rows\)\r\n\S*cocqlsh\S*> ", terminal.seen), terminal.seen)
        self.assertEqual(terminal.end(), 0)


class BeforeThePrompt(WithNode):
    def check_ends(self, terminal, said):
        terminal.type("\x03")
        terminal.read_until(said)
        self.assertEqual(terminal.wait(), 130)

    def test_while_connecting(self):
        self.node.deaf = True
        for arguments in ([], ["-e", "SELECT one"], ["-f", "/dev/null"], ["--ssl"], ["-u", "me", "-p", "secret"]):
            self.node.heard.clear()
            terminal = self.begin("--no-color", *arguments)
            self.assertTrue(self.node.heard.wait(PATIENCE))
            self.check_ends(terminal, r"interrupted; not connected to 127\.0\.0\.1:\d+\r\n")
            self.assertNotIn("try:", terminal.seen)

    def test_at_the_password(self):
        self.node.accounts = {"me": "secret"}
        for arguments in ([], ["-e", "SELECT one"]):
            terminal = self.begin("-u", "me", *arguments)
            terminal.read_until("Password: ")
            self.check_ends(terminal, "")
            self.assertEqual(self.node.connections, 0)

    def test_while_a_script_is_read(self):
        path = os.path.join(self.folder, "fifo")
        os.mkfifo(path)
        for arguments in (["-f", path], ["-e", f"SOURCE '{path}'; SELECT never"], ["-e", f"CAPTURE '{path}'; SELECT never"]):
            for opened in (False, True):
                if opened and "CAPTURE" in arguments[1]:
                    continue
                terminal = self.begin("--no-color", *arguments)
                if opened:
                    writing = os.open(path, os.O_WRONLY)  # once somebody reads
                    self.addCleanup(os.close, writing)
                self.press_until_it_ends(terminal)
        self.assertNotIn("SELECT never", self.node.statements)

    def press_until_it_ends(self, terminal):
        """Once would do, but when it is about to wait for the file cannot be seen from here."""
        program = f"/proc/{terminal.child}/exe"
        while not (os.path.samefile(program, PROGRAM) and signals_of(terminal.child, "SigCgt") >> (signal.SIGINT - 1) & 1):
            time.sleep(0.001)
        for _ in range(20):
            terminal.type("\x03")
            until = time.monotonic() + 1
            while time.monotonic() < until:
                done, status = os.waitpid(terminal.child, os.WNOHANG)
                if done:
                    # Pressed once more while it was ending, it ends by the signal.
                    self.assertIn(os.waitstatus_to_exitcode(status), (130, -signal.SIGINT))
                    return
                if select.select([terminal.master], [], [], 0.01)[0]:
                    try:
                        os.read(terminal.master, 4096)
                    except OSError:
                        pass
        self.fail("it goes on")

    def test_in_the_greeting(self):
        self.node.answers = {"system.local": lambda _: self.node.silenced.set()}
        terminal = self.begin("--no-color")
        self.assertTrue(self.node.silenced.wait(PATIENCE))
        terminal.type("\x03")
        terminal.read_until(r"cocqlsh> ")
        self.check_goes_on(terminal)
        self.assertNotIn("not shown", terminal.seen)

    def test_who_is_started_with_it_ignored_is_left_in_peace(self):
        with subprocess.Popen(["/bin/sh", "-c", f"trap '' INT; exec {PROGRAM} {' '.join(self.where)} -e 'SELECT silent'"],
                              env=ENVIRONMENT, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            self.assertTrue(self.node.silenced.wait(PATIENCE))
            child.send_signal(signal.SIGINT)
            self.assertTrue(signals_of(child.pid, "SigIgn") >> (signal.SIGINT - 1) & 1)
            child.terminate()


class AtThePrompt(WithNode):
    def test_at_more_it_ends_the_line(self):
        self.node.more_pages = True
        for key, after in (("\x03", False), ("q", True)):
            self.node.statements.clear()
            terminal = self.at_prompt()
            terminal.type("SELECT rows 1; SELECT after;\r")
            terminal.read_until("---MORE---")
            terminal.type(key)
            seen = terminal.read_until(r"\ncocqlsh> " if key == "\x03" else r"cocqlsh> ")
            self.assertEqual("SELECT after" in self.node.statements, after)
            self.assertEqual("interrupted; the rest of the result is not shown" in seen, not after)
            self.node.more_pages = False
            self.check_goes_on(terminal)
            self.node.more_pages = True

    def test_a_signal_at_more(self):
        self.node.more_pages = True
        terminal = self.at_prompt()
        terminal.type("SELECT rows 1; SELECT after;\r")
        terminal.read_until("---MORE---")
        os.kill(terminal.child, signal.SIGINT)
        terminal.read_until("interrupted; the rest of the result is not shown\r\ncocqlsh> ")
        self.node.more_pages = False
        self.check_goes_on(terminal)
        self.assertNotIn("SELECT after", self.node.statements)

    def test_at_the_password_of_login_it_ends_the_line(self):
        terminal = self.at_prompt()
        terminal.type("LOGIN you; SELECT after;\r")
        terminal.read_until("Password: ")
        terminal.type("\x03")
        terminal.read_until("interrupted; LOGIN given up\r\ncocqlsh> ")
        self.check_goes_on(terminal)
        self.assertNotIn("SELECT after", self.node.statements)

    def test_while_login_connects(self):
        terminal = self.at_prompt()
        self.node.deaf = True
        terminal.type("LOGIN you 'secret'; SELECT after;\r")
        self.assertTrue(self.node.heard.wait(PATIENCE))
        terminal.type("\x03")
        terminal.read_until(r"interrupted; not connected to \S+\r\nLOGIN failed; still connected as before\r\ncocqlsh> ")
        self.check_goes_on(terminal)
        self.assertNotIn("SELECT after", self.node.statements)

    def test_while_a_file_connects_for_use(self):
        path = self.file("USE ks;\nSELECT never;\n")
        terminal = self.at_prompt()
        self.node.deaf = True
        terminal.type(f"SOURCE '{path}'\r")
        self.assertTrue(self.node.heard.wait(PATIENCE))
        terminal.type("\x03")
        terminal.read_until(f"{path}:1:interrupted; the statement was not sent\r\ncocqlsh> ")
        self.check_goes_on(terminal)

    def test_while_a_trace_is_waited_for(self):
        self.node.answers = {"system_traces.sessions": table({"session_id": node.UUID})}
        terminal = self.at_prompt()
        terminal.type(f"SHOW SESSION {TRACE}; SELECT after;\r")
        while not any("system_traces" in each for each in self.node.statements):
            time.sleep(0.001)
        terminal.type("\x03")
        terminal.read_until("interrupted; the trace is not shown\r\ncocqlsh> ")
        self.check_goes_on(terminal)
        self.assertNotIn("SELECT after", self.node.statements)

    def test_in_files_within_files_it_ends_all_of_them(self):
        inner = self.file("SELECT one;\nUSE ks;\nSELECT silent;\nSELECT never;\n", "inner.cql")
        outer = self.file(f"SOURCE '{inner}'\nSELECT never;\n", "outer.cql")
        terminal = self.at_prompt()
        terminal.type(f"SOURCE '{outer}'; SELECT never;\r")
        self.assertTrue(self.node.silenced.wait(PATIENCE))
        terminal.type("\x03")
        terminal.read_until(f"{inner}:3:interrupted; the statement may still be executed\r\ncocqlsh> ")
        self.check_goes_on(terminal)
        self.assertEqual([told[1:] for told in self.node.told if "SELECT" in told[2] and "system" not in told[2]],
                         [("", "SELECT one"), ("ks", "SELECT silent"), ("", "SELECT rows 1")])


if __name__ == "__main__":
    unittest.main(verbosity=1)
