#!/usr/bin/env python3
"""What cocqlsh waits for after a change of the schema, plain and with TLS: schema_test.py PROGRAM"""

import os
import struct
import time
import unittest
import uuid

import node
from node import string, table
from running import Terminal, shell
from with_node import WithNode

OLD, NEW, NEWER = (uuid.UUID(int=number).bytes for number in (1, 2, 3))
OTHERS, OWN = "SELECT peer, schema_version FROM system.peers", "SELECT schema_version FROM system.local WHERE key = 'local'"
CHANGED = 0x08, struct.pack(">i", 5) + string("CREATED") + string("TABLE") + string("ks") + string("t")


def others(**versions):
    """The nodes 10.0.0.2 and so on, as two, three."""
    numbers = {"two": 2, "three": 3}
    return table({"peer": node.INET, "schema_version": node.UUID},
                 *([bytes([10, 0, 0, numbers[name]]), version] for name, version in versions.items()))


class Plain(WithNode):
    def setUp(self):
        super().setUp()
        self.node.answers = {"CREATE": CHANGED, "system.local": table({"schema_version": node.UUID}, [NEW])}

    def others(self, *answers):
        """One after another; the last one again and again."""
        left = list(answers)
        self.node.answers["system.peers"] = lambda _: left.pop(0) if len(left) > 1 else left[0]

    def run_shell(self, text, *arguments, code=0):
        self.node.statements.clear()
        ran = shell(*self.where, *arguments, "-e", text)
        self.assertEqual(ran.returncode, code, ran.stderr)
        return ran

    def test_what_comes_next_waits_until_the_others_have_it(self):
        self.others(others(two=OLD, three=NEW), others(two=OLD, three=NEW), others(two=NEW, three=NEW))
        self.assertEqual(self.run_shell("CREATE one; SELECT after").stderr, "")
        self.assertEqual(self.node.statements, ["CREATE one", *[OTHERS, OWN] * 3, "SELECT after"])
        self.assertEqual(self.node.connections, 1)

    def test_a_node_that_is_alone_is_asked_once(self):
        for alone in (others(), node.nothing(), others(two=None)):
            self.others(alone)
            self.assertEqual(self.run_shell("CREATE one; SELECT after").stderr, "")
            self.assertEqual(self.node.statements, ["CREATE one", OTHERS, "SELECT after"])

    def test_other_statements_ask_nothing(self):
        self.others(others(two=OLD))
        self.run_shell("SELECT one; INSERT two")
        self.assertEqual(self.node.statements, ["SELECT one", "INSERT two"])

    def test_one_that_does_not_follow_is_told_and_waited_for_once(self):
        self.others(others(two=OLD, three=NEW))
        ran = self.run_shell("CREATE one; CREATE two; SELECT after", "--request-timeout", "0.5")
        self.assertEqual(ran.stderr, "not all nodes have the schema after 0.5 s: 10.0.0.2\n")
        second = self.node.statements.index("CREATE two")
        self.assertEqual(self.node.statements[second:], ["CREATE two", OTHERS, OWN, "SELECT after"])

    def test_one_that_did_not_follow_is_waited_for_when_it_has_told_something_new(self):
        told = [OLD]
        self.node.answers["system.peers"] = lambda _: others(two=told[0])

        def change(_):
            told[0] = NEWER
            return CHANGED

        self.node.answers = {"CREATE two": change, **self.node.answers}
        ran = self.run_shell("CREATE one; CREATE two", "--request-timeout", "0.5")
        self.assertEqual(ran.stderr, "not all nodes have the schema after 0.5 s: 10.0.0.2\n" * 2)

    def test_ctrl_c_ends_the_wait_and_the_schema_is_changed(self):
        self.others(others(two=OLD))
        terminal = Terminal(*self.where, "--no-color", "--request-timeout", "1000")
        self.addCleanup(os.close, terminal.master)
        terminal.read_until("cocqlsh> ")
        asked = []
        self.node.answers["system.peers"] = lambda _: asked.append(None) or others(two=OLD)
        terminal.type("CREATE one; SELECT after;\r")
        while len(asked) < 2:
            time.sleep(0.005)
        terminal.type("\x03")
        terminal.read_until("interrupted; the schema is changed, and some nodes may not have it yet\r\ncocqlsh> ")
        self.assertNotIn("SELECT after", self.node.statements)
        terminal.run("SELECT later;")
        self.assertEqual(self.node.statements[-1], "SELECT later")
        self.assertEqual(self.node.connections, 1)
        self.assertEqual(terminal.end(), 0)

    def test_who_may_not_ask_is_not_held_up(self):
        refused = node.error(0x2100, "User has no SELECT permission on <table system.peers> or any of its parents")
        for table_of in ("system.peers", "system.local"):
            self.others(others(two=OLD))
            self.node.answers[table_of] = refused
            self.assertEqual(self.run_shell("CREATE one; SELECT after").stderr, "")
            self.assertEqual(self.node.statements[-1], "SELECT after")

    def test_answers_of_another_kind(self):
        for odd in (table({"other": node.TEXT}, ["value"]), table({"peer": node.TEXT, "schema_version": node.INT}, ["x", None])):
            self.others(odd)
            self.assertEqual(self.run_shell("CREATE one; SELECT after").stderr, "")
        self.others(others(two=OLD))
        self.node.answers["system.local"] = table({"other": node.TEXT}, ["value"])
        self.assertEqual(self.run_shell("CREATE one; SELECT after").stderr, "")

    def test_a_connection_that_is_lost_meanwhile(self):
        self.others("drop")
        ran = self.run_shell("CREATE one; SELECT after")
        self.assertIn("not known whether all nodes have the schema: ", ran.stderr)
        self.assertIn("reconnected to ", ran.stderr)
        self.assertEqual(self.node.statements, ["CREATE one", OTHERS, "SELECT after"])

    def test_a_node_that_is_gone_meanwhile(self):
        def leave(_):
            self.node.stop()
            return others(two=OLD)

        self.node.answers["system.peers"] = leave
        ran = self.run_shell("CREATE one; SELECT after; SELECT last", code=2)
        self.assertNotIn("SELECT after", self.node.statements)
        self.assertIn("the statements after it are not executed", ran.stderr)


class WithTls(Plain):
    tls = True


if __name__ == "__main__":
    unittest.main(verbosity=1)
