#!/usr/bin/env python3
"""cocqlsh and name servers that are slow or silent: name_server_test.py PROGRAM

Runs itself again in namespaces of its own, where the name server of /etc/resolv.conf is the test's."""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

INSIDE = "COCQL_TEST_INSIDE_NAMESPACES"

if INSIDE not in os.environ:
    # Not every machine lets its users have namespaces, containers seldom.
    alone = ["unshare", "--user", "--map-root-user", "--net", "--mount"]
    try:
        tried = subprocess.run([*alone, "true"], capture_output=True, text=True, check=False)
        refused = tried.stderr if tried.returncode != 0 else None
    except FileNotFoundError as missing:
        refused = str(missing)
    if refused is not None:
        print(f"skipped: no namespaces here: {refused.strip()}")
        sys.exit(77)
    os.execvpe(alone[0], [*alone, sys.executable, *sys.argv], {**os.environ, INSIDE: "yes"})

# After it: these two read the command line.
from node import Node  # noqa: E402
from running import Terminal, shell  # noqa: E402

IPV6 = 28


def bring_loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        up = struct.pack("16sh14x", b"lo", 1)
        fcntl.ioctl(any_socket, 0x8914, up)  # SIOCSIFFLAGS, IFF_UP


def put_in_place_of(path, content):
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write(content)
    bind = 0x1000  # MS_BIND
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(file.name.encode(), path.encode(), None, bind, None) != 0:
        raise OSError(ctypes.get_errno(), f"mounting over {path}")
    os.unlink(file.name)


class NameServer:
    """Knows db.test, and answers after `delay` seconds; with None never."""

    def __init__(self):
        self.delay = 0
        self.asked = threading.Event()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            question, whose = self.socket.recvfrom(4096)
            self.asked.set()
            if self.delay is not None:
                threading.Timer(self.delay, self.answer, (question, whose)).start()

    def answer(self, question, whose):
        name_end = question.index(b"\0", 12) + 1
        asked = question[12:name_end + 4]
        known = asked.startswith(b"\2db\4test\0")
        for_ipv6 = struct.unpack(">H", asked[-4:-2])[0] == IPV6
        records = b"\xc0\x0c" + struct.pack(">HHIH4s", 1, 1, 60, 4, socket.inet_aton("127.0.0.1"))
        found = known and not for_ipv6
        header = question[:2] + struct.pack(">HHHHH", 0x8180 if known else 0x8183, 1, 1 if found else 0, 0, 0)
        self.socket.sendto(header + asked + (records if found else b""), whose)


class Names(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        bring_loopback_up()
        put_in_place_of("/etc/resolv.conf", "nameserver 127.0.0.1\n")
        cls.server = NameServer()

    def setUp(self):
        self.server.delay = 0
        self.server.asked.clear()
        self.node = Node()
        self.node.start()
        self.addCleanup(self.node.stop)
        self.where = ["db.test", str(self.node.port)]

    def test_a_name_that_is_known(self):
        ran = shell(*self.where, "-e", "SELECT one")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertEqual(self.node.statements, ["SELECT one"])

    def test_a_name_that_is_not_known(self):
        ran = shell("nowhere.test", "-e", "SELECT one")
        self.assertEqual(ran.returncode, 1)
        self.assertRegex(ran.stderr, "cannot resolve 'nowhere.test': Host not found")

    def test_an_answer_that_comes_after_two_seconds_is_not_too_late(self):
        self.server.delay = 2
        ran = shell(*self.where, "-e", "SELECT one")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))

    def test_the_time_given_for_connecting_is_all_that_a_slow_name_server_gets(self):
        for delay in (12, None):
            with self.subTest(delay):
                self.server.delay = delay
                begun = time.monotonic()
                ran = shell(*self.where, "--connect-timeout", "1", "-e", "SELECT one")
                self.assertLess(time.monotonic() - begun, 5)
                self.assertEqual(ran.returncode, 1)
                self.assertRegex(ran.stderr, r"timed out in resolve after 1\.0")
                self.assertRegex(ran.stderr, "try:   check the name servers in /etc/resolv.conf")

    def test_ctrl_c_while_a_name_is_looked_up_ends_the_shell_at_once(self):
        self.server.delay = None
        terminal = Terminal(*self.where, "--connect-timeout", "60")
        self.addCleanup(os.close, terminal.master)
        self.assertTrue(self.server.asked.wait(20))
        threads = len(os.listdir(f"/proc/{terminal.child}/task"))
        begun = time.monotonic()
        terminal.type("\x03")
        self.assertEqual(terminal.wait(), 130)
        self.assertLess(time.monotonic() - begun, 5)
        self.assertEqual(threads, 1)

    def test_a_slow_name_server_at_the_prompt(self):
        """When the connection was lost the name is looked up again."""
        terminal = Terminal(*self.where, "--connect-timeout", "60")
        self.addCleanup(os.close, terminal.master)
        terminal.read_until(r"cocqlsh> ")
        self.server.delay = None
        self.server.asked.clear()
        terminal.run("drop;", "the peer closed the connection")
        terminal.type("SELECT two;\r")
        # It is looked up before, too: this is of the statement.
        terminal.read_until("The connection was lost: ")
        self.assertTrue(self.server.asked.wait(20))
        terminal.type("\x03")
        terminal.read_until(r"interrupted(?s:.*)cocqlsh> ", 5)
        begun = time.monotonic()
        self.assertEqual(terminal.end(), 0)
        self.assertLess(time.monotonic() - begun, 5)


if __name__ == "__main__":
    unittest.main(verbosity=1)
