#!/usr/bin/env python3
"""What people and scripts expect of cocqlsh who know cqlsh: manners_test.py PROGRAM"""

import os
import re
import struct
import tempfile
import unittest
import uuid

import node
from node import Node, error, table
from running import HOME, PROGRAM, Terminal, shell

ANY_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def address(text):
    return bytes(int(part) for part in text.split("."))


class WithNode(unittest.TestCase):
    def setUp(self):
        self.node = Node()
        self.node.start()
        self.addCleanup(self.node.stop)
        self.where = ["127.0.0.1", str(self.node.port)]

    def run_shell(self, statements, code=0):
        ran = shell(*self.where, "-e", statements)
        self.assertEqual(ran.returncode, code, ran.stdout + ran.stderr)
        return ran

    def open(self, *arguments, prompt=r"cocqlsh\S*> ", **environment):
        terminal = Terminal(*self.where, *arguments, **environment)
        self.addCleanup(os.close, terminal.master)
        terminal.read_until(prompt)
        return terminal


class Statements(WithNode):
    def test_they_are_sent_with_their_semicolon(self):
        for text in ("SELECT one", "SELECT one;", "SELECT one ;  -- two", "SELECT one; ;"):
            self.node.received.clear()
            self.run_shell(text)
            self.assertEqual(self.node.received, ["SELECT one;"], text)
        self.node.received.clear()
        batch = "BEGIN BATCH INSERT one; UPDATE two; APPLY BATCH"
        self.run_shell(f"{batch}; DESCRIBE KEYSPACES; USE ks")
        self.assertEqual(self.node.received, [batch + ";", "DESCRIBE KEYSPACES;", "USE ks;"])
        self.node.received.clear()
        self.assertEqual(shell(*self.where, text="SELECT\none;\n").returncode, 0)
        self.assertEqual(self.node.received, ["SELECT\none;"])

    def test_each_page_of_a_statement(self):
        self.node.more_pages = True
        terminal = self.open()
        terminal.type("SELECT rows 1;\r")
        terminal.read_until("---MORE---")
        self.node.more_pages = False
        terminal.type(" ")
        terminal.read_until(r"(?s)\(2 rows\).*> ")
        self.assertEqual([each for each in self.node.received if "rows" in each], ["SELECT rows 1;"] * 2)
        self.assertEqual(terminal.end(), 0)

    def test_an_empty_list_says_so(self):
        for text in ("LIST ALL PERMISSIONS OF someone", "list roles of someone;"):
            self.assertEqual(self.run_shell(text).stdout, "\n(0 rows)\n")
        self.assertEqual(self.run_shell("INSERT one").stdout, "")

    def test_descriptions_that_fail_have_the_servers_words_alone(self):
        self.node.answers = {"nosuch": error(0x2200, "'nosuch' not found in keyspaces"),
                             "DESC": error(0x2000, "line 1:8 no viable alternative at input ';'")}
        for text in ("DESCRIBE KEYSPACE nosuch", "DESC nosuch"):
            self.assertEqual(self.run_shell(text, 2).stderr, "'nosuch' not found in keyspaces\n")
        self.assertEqual(self.run_shell("DESCRIBE", 2).stderr, "line 1:8 no viable alternative at input ';'\n")
        # Other statements' errors have their class.
        self.assertTrue(self.run_shell("SELECT nosuch", 2).stderr.startswith("InvalidRequest: "))

    def test_show_host_is_one_line_that_scripts_can_read(self):
        self.node.answers = {"system.local": table({"cluster_name": node.TEXT}, ["The Cluster"])}
        self.assertEqual(self.run_shell("SHOW HOST").stdout, f"Connected to The Cluster at 127.0.0.1:{self.node.port}\n")

    def test_a_path_in_place_of_the_host_is_a_unix_socket(self):
        path = os.path.join(tempfile.mkdtemp(dir=HOME), "cql.m")
        missing = shell(path, "-e", "SELECT x")
        self.assertEqual(missing.returncode, 1)
        self.assertIn(f"Could not connect to {path}\n", missing.stderr)
        self.assertIn("cause: cannot connect: No such file or directory\n", missing.stderr)
        with Node(path=path) as server:
            server.answers = {"system.local": table({"cluster_name": node.TEXT}, ["The Cluster"])}
            shown = shell(path, "-e", "SHOW HOST; SELECT rows 1")
            self.assertEqual((shown.returncode, shown.stderr), (0, ""))
            self.assertEqual(shown.stdout.splitlines()[0], f"Connected to The Cluster at {path}")
            self.assertEqual(server.statements[-1], "SELECT rows 1")
            tls = shell(path, "--ssl", "-e", "SELECT x")
            self.assertEqual(tls.returncode, 1)
            self.assertIn("TLS is not spoken at a UNIX socket", tls.stderr)


class Versions(WithNode):
    """release_version is what the server is compatible with; who is asked says what it is."""

    local = table({"release_version": node.TEXT, "cql_version": node.TEXT}, ["3.0.8", "3.3.1"])

    def check(self, words):
        self.assertRegex(self.run_shell("SHOW VERSION").stdout, rf"^\[cocqlsh \S+ \| {words} \| CQL spec 3\.3\.1 \| Native")
        terminal = self.open()
        self.assertRegex(terminal.seen, rf"\| {words} \| CQL spec")
        self.assertEqual(terminal.end(), 0)

    def test_scylladb(self):
        self.node.supported = {"SCYLLA_NR_SHARDS": ["2"], "SCYLLA_SHARD": ["0"]}
        self.node.answers = {"system.local": self.local,
                             "system.versions": table({"version": node.TEXT}, ["2026.4.0-0.20260821.f4a4091ca2"])}
        self.check(r"Scylla 2026\.4\.0-0\.20260821\.f4a4091ca2")

    def test_scylladb_that_does_not_tell(self):
        self.node.supported = {"SCYLLA_PARTITIONER": ["x"]}
        self.node.answers = {"system.local": self.local, "system.versions": error(0x2200, "unconfigured table versions")}
        self.check(r"Scylla compatible with Cassandra 3\.0\.8")
        self.node.answers["system.versions"] = table({"version": node.TEXT})
        self.check(r"Scylla compatible with Cassandra 3\.0\.8")

    def test_cassandra(self):
        self.node.answers = {"system.local": self.local, "system.versions": error(0x2200, "table versions does not exist")}
        self.check(r"Cassandra 3\.0\.8")
        self.assertFalse([each for each in self.node.statements if "system.versions" in each])


class Replicas(WithNode):
    """Three nodes: tokens 0, 10, 20, in two racks of one data centre."""

    def setUp(self):
        super().setUp()
        columns = {"data_center": node.TEXT, "rack": node.TEXT, "host_id": node.UUID, "tokens": node.set_of(node.TEXT)}
        self.hosts = [uuid.UUID(int=i + 1).bytes for i in range(3)]
        self.place = [["dc", "r1", self.hosts[0], node.elements("0")], ["dc", "r1", self.hosts[1], node.elements("10")],
                      ["dc", "r2", self.hosts[2], node.elements("20")]]
        local = table({"rpc_address": node.INET, "partitioner": node.TEXT, **columns},
                      [address("10.0.0.1"), "org.apache.cassandra.dht.Murmur3Partitioner", *self.place[0]])
        self.columns = columns
        self.node.answers = {
            "system.local": local,
            "system.peers_v2": table({"peer": node.INET, "native_address": node.INET, **columns},
                                     [address("10.1.0.2"), address("10.0.0.2"), *self.place[1]],
                                     [address("10.1.0.3"), address("10.0.0.3"), *self.place[2]]),
            "scylla_keyspaces": error(0x2200, "table scylla_keyspaces does not exist"),
        }

    def replicated(self, keyspace, **options):
        answer = table({"replication": node.map_of(node.TEXT, node.TEXT)}, [node.pairs(options)])
        self.node.answers[f"system_schema.keyspaces WHERE keyspace_name = '{keyspace}'"] = answer

    def check(self, command, answer):
        self.assertEqual(self.run_shell(command).stdout, answer + "\n", command)

    def test_simple(self):
        self.replicated("ks", **{"class": "org.apache.cassandra.locator.SimpleStrategy", "replication_factor": "2"})
        self.check("SHOW REPLICAS 5 ks", "['10.0.0.2', '10.0.0.3']")
        self.check("show replicas -9223372036854775808 KS;", "['10.0.0.1', '10.0.0.2']")
        self.check("SHOW REPLICAS 21 \"ks\"", "['10.0.0.1', '10.0.0.2']")

    def test_network_topology(self):
        self.replicated("ks", **{"class": "NetworkTopologyStrategy", "dc": "2", "other": "3"})
        self.check("SHOW REPLICAS -1 ks", "['10.0.0.1', '10.0.0.3']")
        self.check("SHOW REPLICAS 10 ks", "['10.0.0.2', '10.0.0.3']")

    def test_each_node_its_own(self):
        self.replicated("system", **{"class": "org.apache.cassandra.locator.LocalStrategy"})
        self.check("SHOW REPLICAS 5 system", "[]")

    def test_virtual_tables(self):
        self.node.answers["system_schema.keyspaces"] = table({"replication": node.map_of(node.TEXT, node.TEXT)})
        self.node.answers["system_virtual_schema.keyspaces"] = table({"keyspace_name": node.TEXT}, ["system_views"])
        self.check("SHOW REPLICAS 5 system_views", "[]")

    def test_the_keyspace_in_use(self):
        self.replicated("ks", **{"class": "SimpleStrategy", "replication_factor": "1"})
        self.check("USE ks; SHOW REPLICAS 5", "['10.0.0.2']")

    def test_servers_with_the_older_table_of_peers(self):
        self.replicated("ks", **{"class": "SimpleStrategy", "replication_factor": "3"})
        self.node.answers["system.peers_v2"] = error(0x2200, "unconfigured table peers_v2")
        self.node.answers["system.peers"] = table({"peer": node.INET, "rpc_address": node.INET, **self.columns},
                                                  [address("10.0.0.2"), address("0.0.0.0"), *self.place[1]],
                                                  [address("10.1.0.3"), address("10.0.0.3"), *self.place[2]])
        self.check("SHOW REPLICAS 5 ks", "['10.0.0.2', '10.0.0.3', '10.0.0.1']")

    def test_tables_in_tablets_have_replicas_of_their_own(self):
        self.replicated("ks", **{"class": "NetworkTopologyStrategy", "dc": "2"})
        self.node.answers["scylla_keyspaces"] = table({"initial_tablets": node.INT}, [struct.pack(">i", 0)])
        one, two, beside = (uuid.UUID(int=100 + i).bytes for i in range(3))

        def replicas(*hosts):
            return node.elements(*(node.sized(self.hosts[host]) + node.sized(struct.pack(">i", 0)) for host in hosts))

        self.node.answers["system.tablets WHERE keyspace_name = 'ks' ALLOW FILTERING"] = table(
            {"table_id": node.UUID, "last_token": node.BIGINT, "base_table": node.UUID, "table_name": node.TEXT,
             "replicas": node.list_of(node.tuple_of(node.UUID, node.INT))},
            [two, -1, None, "two", replicas(0, 1)], [two, 2**63 - 1, None, "two", replicas(2, 0)],
            [one, 2**63 - 1, None, "one", replicas(1)], [beside, None, two, "two$paxos", None])
        self.check("SHOW REPLICAS -1 ks", "one: ['10.0.0.2']\ntwo: ['10.0.0.1', '10.0.0.2']\n"
                                          "two$paxos: ['10.0.0.1', '10.0.0.2']")
        self.check("SHOW REPLICAS 0 ks", "one: ['10.0.0.2']\ntwo: ['10.0.0.3', '10.0.0.1']\n"
                                         "two$paxos: ['10.0.0.3', '10.0.0.1']")
        self.node.answers["system.tablets WHERE keyspace_name = 'ks' ALLOW FILTERING"] = error(0x2100, "no")
        self.assertEqual(self.run_shell("SHOW REPLICAS 0 ks", 2).stderr,
                         "'ks' is kept in tablets, and the server does not tell of them: no\n")

    def test_mistakes(self):
        self.replicated("ks", **{"class": "SimpleStrategy", "replication_factor": "1"})
        self.node.answers["keyspace_name = 'nosuch'"] = table({"replication": node.map_of(node.TEXT, node.TEXT)})
        for command, words in (("SHOW REPLICAS 5 nosuch", "'nosuch' not found in keyspaces"),
                               ("SHOW REPLICAS 5", "No keyspace: name one after the token, or USE one"),
                               ("SHOW REPLICAS 9223372036854775808 ks", "'9223372036854775808' is no token: "),
                               ("SHOW REPLICAS", "Improper command: use SHOW VERSION"),
                               ("SHOW REPLICAS five ks", "Improper command: use SHOW VERSION"),
                               ("SHOW REPLICAS 5 ks more", "Improper command: use SHOW VERSION")):
            self.assertIn(words, self.run_shell(command, 2).stderr, command)


class Keys(WithNode):
    def pages_after(self, keys):
        """How many pages one key shows."""
        self.node.more_pages = True
        terminal = self.open()
        terminal.type("SELECT rows 1;\r")
        terminal.read_until("---MORE---")
        before = len(self.node.statements)
        terminal.type(keys)
        terminal.read_until("---MORE---")
        terminal.type("q")
        terminal.read_until(r"cocqlsh> ")
        self.assertEqual(terminal.end(), 0)
        return len(self.node.statements) - before

    def test_one_key_shows_one_page(self):
        for keys in ("\x1b[B", "\x1bOB", "\x1b[6~", "\x1b[1;5B", "\x1b[[A", "\x1bx", "\x1b", "é", "漢", "😀", " ", "\r"):
            self.assertEqual(self.pages_after(keys), 1, repr(keys))

    def test_two_keys_show_two_pages(self):
        for keys in ("\x1b[B\x1b[B", "  ", "éé"):
            self.node.more_pages = True
            terminal = self.open()
            terminal.type("SELECT rows 1;\r")
            terminal.read_until("---MORE---")
            before = len(self.node.statements)
            terminal.type(keys)
            terminal.read_until("(?s)---MORE---.*---MORE---")
            terminal.type("q")
            terminal.read_until(r"cocqlsh> ")
            self.assertEqual(len(self.node.statements) - before, 2, repr(keys))
            self.assertEqual(terminal.end(), 0)

    def login_after(self, keys):
        self.node.authenticator = "org.apache.cassandra.auth.PasswordAuthenticator"
        self.node.logins.clear()
        terminal = self.open("-u", "me", prompt="Password: ")
        terminal.type(keys + "\r")
        terminal.read_until(r"me@cocqlsh> ")
        self.assertEqual(terminal.end(), 0)
        return self.node.logins[0][1]

    def test_backspace_takes_a_whole_character_of_a_password(self):
        self.assertEqual(self.login_after("pässé\x7f"), "päss")
        self.assertEqual(self.login_after("漢字😀\x7f\x08x"), "漢x")
        self.assertEqual(self.login_after("a\x7f\x7f\x7fb"), "b")

    def test_an_arrow_is_no_part_of_a_password(self):
        self.assertEqual(self.login_after("one\x1b[D\x1bOAtwo\x1b[3~"), "onetwo")


class Colours(WithNode):
    """Where the terminal has them."""

    def seen(self, *arguments, **environment):
        terminal = self.open(*arguments, **environment)
        terminal.type("SELECT rows 1; USE nope;\r")
        terminal.read_until(r"(?s)nope.*does not exist.*cocqlsh> ")
        self.assertEqual(terminal.end(), 0)
        return terminal.seen

    def test_terminals_that_have_none(self):
        for name in ("", "dumb", "vt100", "vt52"):
            self.assertIsNone(ANY_COLOUR.search(self.seen(TERM=name)), name)

    def test_terminals_that_have_some(self):
        for name in ("xterm", "xterm-256color", "screen", "linux", "known-to-nobody"):
            self.assertIn("\x1b[0;1;33mrow 0\x1b[0m", self.seen(TERM=name), name)

    def test_terminals_that_move_the_cursor_otherwise(self):
        for name in ("", "dumb", "vt52"):
            self.assertNotIn("\x1b", self.seen(TERM=name), name)

    def test_who_wants_none(self):
        self.assertIsNone(ANY_COLOUR.search(self.seen(NO_COLOR="1")))
        self.assertIsNone(ANY_COLOUR.search(self.seen("--no-color")))
        self.assertIsNotNone(ANY_COLOUR.search(self.seen(NO_COLOR="")))  # which says nothing

    def test_who_wants_them(self):
        self.assertIsNotNone(ANY_COLOUR.search(self.seen("--color", TERM="vt100", NO_COLOR="1")))
        ran = shell(*self.where, "--color", "-e", "SELECT rows 1; USE nope")
        self.assertIn("\x1b[0;1;33mrow 0\x1b[0m", ran.stdout)
        self.assertIn("\x1b[0;1;31mInvalidRequest", ran.stderr)

    def split(self, redirected, pattern):
        """What goes to a file while the rest goes to the terminal, which is to show the pattern."""
        path = f"{HOME}/redirected"
        command = " ".join([PROGRAM, *self.where, "-e", "'SELECT rows 1; USE nope'", f"{redirected}>{path}"])
        terminal = Terminal.of(["/bin/sh", "-c", command])
        self.addCleanup(os.close, terminal.master)
        terminal.read_until(pattern)
        self.assertEqual(terminal.wait(), 2)
        with open(path, encoding="utf-8") as file:
            return file.read()

    def test_errors_that_go_to_a_file(self):
        errors = self.split("2", "(?s)\x1b\\[0;1;33mrow 0\x1b\\[0m.*1 rows")
        self.assertTrue(errors.startswith("InvalidRequest: "))

    def test_results_that_go_to_a_file(self):
        results = self.split("1", "\x1b\\[0;1;31mInvalidRequest")
        self.assertEqual(results, "\n text\n-------\n row 0\n\n(1 rows)\n")


class Driven(WithNode):
    """By scripts that wait for what a person would see: expect, pexpect."""

    def test_the_prompt_stands_at_the_beginning_of_its_line_and_nothing_else_with_it(self):
        terminal = self.open("--no-color", "-u", "me", "-p", "secret")
        self.assertTrue(terminal.seen.endswith("Use HELP for help.\r\nme@cocqlsh> ") or
                        terminal.seen.endswith("Use HELP for help.\r\nme@cocqlsh> \x1b[?2004h"), repr(terminal.seen))
        for line, answer in (("CONSISTENCY", "\r\nCurrent consistency level is ONE.\r\nme@cocqlsh> "),
                             ("SELECT rows 1;", "\r\n\r\n text\r\n-------\r\n row 0\r\n\r\n(1 rows)\r\nme@cocqlsh> "),
                             ("USE ks;", "\r\nme@cocqlsh:ks> "), ("SELECT one", "\r\n   ... "),
                             (";", "\r\nme@cocqlsh:ks> ")):
            terminal.type(line + "\r")
            seen = terminal.read_until(re.escape(answer))
            plain = seen.replace("\x1b[?2004h", "").replace("\x1b[?2004l", "")
            self.assertEqual(plain, line + answer)
        terminal.type("garbage\x03")
        self.assertIn("garbage", terminal.read_until(r"\r\nme@cocqlsh:ks> "))
        self.assertEqual(terminal.end(), 0)

    def test_keys_that_move_the_cursor_still_do(self):
        terminal = self.open("--no-color")
        terminal.type("ELECT one;\x01S")
        terminal.read_until("SELECT one;")
        terminal.type("\r")
        terminal.read_until(r"\r\ncocqlsh> ")
        self.assertEqual(self.node.statements[-1], "SELECT one")
        self.assertEqual(terminal.end(), 0)

    def test_a_terminal_that_does_the_editing_itself(self):
        terminal = self.open(TERM="dumb")
        for _ in range(2):
            terminal.type("garbage\x03")
            self.assertEqual(terminal.read_until(r"\ncocqlsh> ").count("cocqlsh> "), 1)
        terminal.type("SELECT rows 1;\n")
        terminal.read_until(r"\(1 rows\)\r\ncocqlsh> ")
        self.assertEqual(self.node.statements[-1], "SELECT rows 1")
        self.assertEqual(terminal.end(), 0)

    def test_clear_leaves_the_prompt_on_the_first_row(self):
        terminal = self.open()
        terminal.type("CLEAR\r")
        terminal.read_until(r"\x1b\[H\x1b\[2Jcocqlsh> ")
        self.assertEqual(terminal.end(), 0)
        for name in ("", "dumb", "vt52"):  # which would show the sequence
            terminal = self.open(TERM=name)
            terminal.type("CLEAR\r")
            terminal.read_until(r"cocqlsh> ")
            self.assertNotIn("\x1b", terminal.seen, name)
            self.assertEqual(terminal.end(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
