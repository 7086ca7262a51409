#!/usr/bin/env python3
"""Scripts as other programs write them, and files that are SOURCEd: scripts_test.py PROGRAM"""

import codecs
import os
import tempfile
import unittest

import node
from node import Node
from running import Terminal, shell, text_of


class WithFiles(unittest.TestCase):
    def setUp(self):
        self.node = Node()
        self.node.start()
        self.addCleanup(self.node.stop)
        self.node.keyspaces = {"a", "b"}
        self.where = ["127.0.0.1", str(self.node.port)]
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def file(self, content, name="script.cql"):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def sent(self):
        """The statements that have arrived since this was asked for last."""
        arrived = list(self.node.statements)
        self.node.statements.clear()
        return arrived


class ByteOrderMarks(WithFiles):
    """Editors on Windows put one before a file's text, PowerShell writes UTF-16."""

    encodings = {
        "utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE,
        "utf-32-le": codecs.BOM_UTF32_LE, "utf-32-be": codecs.BOM_UTF32_BE,
    }
    text = "SELECT 'naïve 漢字 𝄞';\r\nSELECT two;\r\n"
    statements = ["SELECT 'naïve 漢字 𝄞'", "SELECT two"]

    def check(self, ran):
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertEqual(self.sent(), self.statements)

    def test_a_script_loses_no_statement_to_the_mark_before_it(self):
        for encoding, mark in self.encodings.items():
            content = mark + self.text.encode(encoding)
            with self.subTest(encoding, way="-f"):
                self.check(shell(*self.where, "-f", self.file(content)))
            with self.subTest(encoding, way="pipe"):
                self.check(shell(*self.where, text=content))
            with self.subTest(encoding, way="SOURCE"):
                self.check(shell(*self.where, text=f"SOURCE '{self.file(content)}'\n"))

    def test_files_put_together_have_marks_in_their_midst(self):
        mark = codecs.BOM_UTF8.decode()
        self.check(shell(*self.where, text=mark + self.statements[0] + ";\n" + mark + "-- comment\n" + self.statements[1] + ";\n"))
        self.check(shell(*self.where, "-e", mark + ";".join(self.statements)))

    def test_a_command_of_the_shell_after_a_mark(self):
        ran = shell(*self.where, text=codecs.BOM_UTF8 + b"CONSISTENCY\n")
        self.assertEqual((ran.returncode, ran.stdout), (0, "Current consistency level is ONE.\n"))

    def test_a_mark_inside_of_a_statement_stays(self):
        text = "SELECT '\ufeff'"
        self.assertEqual(shell(*self.where, text=text + ";").returncode, 0)
        self.assertEqual(self.sent(), [text])

    def test_a_file_of_a_mark_and_nothing_else(self):
        for mark in self.encodings.values():
            ran = shell(*self.where, text=mark)
            self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, "", ""))


class UnclosedComments(WithFiles):
    def check(self, content, line, sent):
        said = f":{line}:Incomplete statement at end of file: the comment that begins here is not closed\n"
        path = self.file(content)
        for name, arguments, text in ((path, ["-f", path], None), ("<stdin>", [], content), (path, [], f"SOURCE '{path}'\n")):
            ran = shell(*self.where, *arguments, text=text)
            self.assertEqual((ran.returncode, ran.stderr), (2, name + said))
            self.assertEqual(self.sent(), sent)

    def test_the_rest_of_a_script_is_not_dropped_in_silence(self):
        self.check("SELECT one;\n/* SELECT two;\nSELECT three;\n", 2, ["SELECT one"])
        self.check("SELECT one; /* oops\nSELECT two;\n", 1, ["SELECT one"])

    def test_half_a_statement_is_not_executed(self):
        self.check("DELETE FROM t\n/* WHERE k = 1;\n", 2, [])
        ran = shell(*self.where, "-e", "SELECT one; DELETE FROM t /* WHERE k = 1")
        self.assertEqual((ran.returncode, ran.stderr), (2, "Incomplete statement: a comment is not closed\n"))
        self.assertEqual(self.sent(), ["SELECT one"])

    def test_a_command_of_the_shell_before_it(self):
        self.check("CONSISTENCY /* oops\nSELECT one;\n", 1, [])

    def test_comments_that_are_closed_and_those_that_need_not_be(self):
        for text in ("/* one */", "SELECT one; -- two", "SELECT one; // two", "/**/", "/* a /* b */"):
            ran = shell(*self.where, text=text)
            self.assertEqual((ran.returncode, ran.stderr), (0, ""), text)


class Sourced(WithFiles):
    """What is set in a file ends with it, as in cqlsh 6.2.2."""

    def run_with(self, inner, before="", after="", **options):
        self.inner = self.file(inner, "inner.cql")
        ran = shell(*self.where, text=f"{before}\nSOURCE '{self.inner}'\n{after}\n", **options)
        self.told = [told[1:] for told in self.node.told]
        self.node.told.clear()
        return ran

    def test_exit_leaves_the_file_only(self):
        for word in ("EXIT", "QUIT;"):
            ran = self.run_with(f"SELECT inside;\n{word}\nSELECT never;\n", after="SELECT outside;")
            self.assertEqual((ran.returncode, ran.stderr), (0, ""))
            self.assertEqual(self.told, [("", "SELECT inside"), ("", "SELECT outside")])

    def test_exit_leaves_the_inner_of_two_files_only(self):
        innermost = self.file("SELECT innermost;\nEXIT\n", "innermost.cql")
        self.run_with(f"SOURCE '{innermost}'\nSELECT inside;\n", after="SELECT outside;")
        self.assertEqual([statement for _, statement in self.told], ["SELECT innermost", "SELECT inside", "SELECT outside"])

    def test_exit_at_the_top_ends_a_script_of_minus_f(self):
        ran = shell(*self.where, "-f", self.file("SELECT one;\nEXIT\nSELECT two;"))
        self.assertEqual((ran.returncode, self.sent()), (0, ["SELECT one"]))

    def test_use_does_not_change_the_keyspace_outside(self):
        ran = self.run_with("SELECT inside;\nUSE b;\nSELECT inside;\n", before="USE a;\nSELECT outside;", after="SELECT outside;")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertEqual([told for told in self.told if "SELECT" in told[1]],
                         [("a", "SELECT outside"), ("a", "SELECT inside"), ("b", "SELECT inside"), ("a", "SELECT outside")])

    def test_use_does_not_set_a_keyspace_where_there_was_none(self):
        self.run_with("USE b;\nSELECT inside;\n", before="SELECT outside;", after="SELECT outside;")
        self.assertEqual([told for told in self.told if "SELECT" in told[1]],
                         [("", "SELECT outside"), ("b", "SELECT inside"), ("", "SELECT outside")])

    def test_use_and_the_name_without_a_blank_between(self):
        self.run_with('USE"b";\nSELECT inside;\n', after="SELECT outside;")
        self.assertEqual([told for told in self.told if "SELECT" in told[1]], [("b", "SELECT inside"), ("", "SELECT outside")])

    def test_use_in_the_inner_of_two_files(self):
        innermost = self.file("USE b;\nSELECT innermost;\n", "innermost.cql")
        self.run_with(f"USE a;\nSOURCE '{innermost}'\nSELECT inside;\n", after="SELECT outside;")
        self.assertEqual([told for told in self.told if "SELECT" in told[1]],
                         [("b", "SELECT innermost"), ("a", "SELECT inside"), ("", "SELECT outside")])

    def test_a_file_without_use_needs_no_connection_of_its_own(self):
        self.run_with("SELECT one;\n/* x */ SELECT two;\n", before="USE a;")
        self.assertEqual(self.node.connections, 1)

    def test_a_file_has_one_connection_of_its_own_however_often_it_says_use(self):
        self.run_with("USE b;\nUSE a;\nSELECT one;\n" * 5, after="SELECT outside;")
        self.assertEqual(self.node.connections, 2)

    def test_use_that_fails_changes_nothing(self):
        ran = self.run_with("USE nope;\nSELECT inside;\n", before="USE a;", after="SELECT outside;")
        self.assertEqual(ran.returncode, 2)
        self.assertEqual(self.told[-2:], [("a", "SELECT inside"), ("a", "SELECT outside")])

    def test_use_after_the_keyspace_outside_was_dropped(self):
        def drop(_):
            self.node.keyspaces.remove("a")
            return node.nothing()

        self.node.answers = {"DROP": drop}
        ran = self.run_with("DROP KEYSPACE a;\nUSE b;\nSELECT inside;\n", before="USE a;")
        self.assertEqual((ran.returncode, ran.stderr), (0, "no longer in keyspace a: Keyspace 'a' does not exist\n"))
        self.assertEqual(self.told[-1], ("b", "SELECT inside"))

    def test_switches_end_with_the_file(self):
        asked = "CONSISTENCY\nSERIAL CONSISTENCY\nEXPAND\nTRACING\nPAGING\n"
        ran = self.run_with("CONSISTENCY QUORUM\nSERIAL CONSISTENCY LOCAL_SERIAL\nEXPAND ON\nTRACING WATERFALL\nPAGING 7\n" + asked,
                            before=asked, after=asked)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        before, after = ran.stdout.split("Consistency level set to QUORUM.\n")[0], ran.stdout.split("Page size: 7\n")[-1]
        self.assertEqual(before, after)
        self.assertIn("Current consistency level is ONE.", before)

    def test_what_is_set_outside_holds_inside(self):
        ran = self.run_with("CONSISTENCY\nEXPAND\n", before="CONSISTENCY QUORUM\nEXPAND ON")
        self.assertIn("Current consistency level is QUORUM.\nEXPAND is ON\n", ran.stdout)

    def test_capture_ends_with_the_file(self):
        path = os.path.join(self.folder, "captured")
        ran = self.run_with(f"CAPTURE '{path}'\nSELECT rows 1;\n", after="SELECT rows 2;")
        self.assertIn("(1 rows)", text_of(path))
        self.assertNotIn("(2 rows)", text_of(path))
        self.assertIn("(2 rows)", ran.stdout)

    def test_capture_goes_on_after_the_file(self):
        path = os.path.join(self.folder, "captured")
        ran = self.run_with("CAPTURE OFF\nSELECT rows 1;\n", before=f"CAPTURE '{path}'", after="SELECT rows 2;")
        self.assertIn("(1 rows)", ran.stdout)
        self.assertIn("(2 rows)", text_of(path))
        self.assertNotIn("(2 rows)", ran.stdout)

    def test_login_ends_with_the_file(self):
        self.node.accounts = {"me": "mine", "you": "yours"}
        self.where += ["-u", "me", "-p", "mine", "--insecure-password-without-warning"]
        ran = self.run_with("LOGIN you 'yours'\nSELECT inside;\nUSE a;\n", before="USE b;", after="SELECT outside;\nSOURCE '" +
                            self.file("USE a;\n", "again.cql") + "'\n")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertEqual(self.node.logins, [("me", "mine"), ("you", "yours"), ("me", "mine")])
        self.assertIn(("b", "SELECT outside"), self.told)

    def test_a_connection_that_is_lost_inside_is_replaced_once(self):
        ran = self.run_with("SELECT drop;\nSELECT inside;\n", after="SELECT outside;")
        self.assertEqual(ran.returncode, 2)
        self.assertEqual(self.told[1:], [("", "SELECT inside"), ("", "SELECT outside")])
        self.assertEqual(self.node.connections, 2)

    def test_at_the_prompt(self):
        terminal = Terminal(*self.where)
        self.addCleanup(os.close, terminal.master)
        terminal.read_until(r"cocqlsh> ")
        path = self.file("USE b;\nEXIT\n", "x")
        seen = terminal.run(f"SOURCE '{path}'")
        self.assertNotIn("cocqlsh:b> ", seen)
        terminal.run("SELECT outside;")
        self.assertEqual(self.node.told[-1][1:], ("", "SELECT outside"))
        self.assertEqual(terminal.end(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
