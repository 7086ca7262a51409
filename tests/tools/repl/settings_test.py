#!/usr/bin/env python3
"""What cqlsh's users have in their files, their environment and their scripts' command lines: settings_test.py PROGRAM"""

import os
import shutil
import struct
import tempfile
import unittest

import node
from node import DOUBLE, FLOAT, TIMESTAMP, Node, elements, list_of, table
from running import HOME, Terminal, shell

FOLDER = f"{HOME}/.cassandra"
QUIET = "--insecure-password-without-warning"


class WithSettings(unittest.TestCase):
    def setUp(self):
        self.node = Node()
        self.node.start()
        self.addCleanup(self.node.stop)
        shutil.rmtree(FOLDER, ignore_errors=True)
        os.makedirs(FOLDER)
        self.where = ["127.0.0.1", str(self.node.port)]

    def file(self, name, content, mode=0o600):
        path = name if name.startswith("/") else f"{FOLDER}/{name}"
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, mode)
        return path

    def run_shell(self, *arguments, statement="SELECT one", **environment):
        self.node.logins.clear()
        return shell(*self.where, *arguments, "-e", statement, environment=environment)

    def check(self, ran, errors=""):
        self.assertEqual((ran.returncode, ran.stderr), (0, errors))

    def check_refused(self, content, *words, name="cqlshrc"):
        path = self.file(name, content)
        ran = self.run_shell()
        self.assertEqual((ran.returncode, ran.stdout), (1, ""))
        for word in words:
            self.assertIn(path + word, ran.stderr)
        return ran


class Credentials(WithSettings):
    def setUp(self):
        super().setUp()
        self.node.accounts = {"me": "mine", "you": "yours", "%user": "%(x)s%"}

    def check_login(self, *arguments, user="me", secret="mine", errors=""):
        self.check(self.run_shell(*arguments), errors)
        self.assertEqual(self.node.logins, [(user, secret)])

    def test_a_file_of_credentials_is_used(self):
        for section in ("plain_text_auth", "PlainTextAuthProvider"):
            self.file("credentials", f"[{section}]\nusername = me\npassword = mine\n")
            self.check_login()

    def test_it_is_named_on_the_command_line_or_in_cqlshrc(self):
        path = self.file(f"{HOME}/elsewhere", "[plain_text_auth]\nusername = me\npassword = mine\n")
        self.check_login("--credentials", path)
        self.check_login("--credentials=~/elsewhere")
        self.file("cqlshrc", "[authentication]\ncredentials = ~/elsewhere\n")
        self.check_login()

    def test_it_is_beside_the_cqlshrc_that_is_used(self):
        with tempfile.TemporaryDirectory() as folder:
            self.file(f"{folder}/credentials", "[plain_text_auth]\nusername = me\npassword = mine\n")
            self.check_login("--cqlshrc", self.file(f"{folder}/cqlshrc", ""))

    def test_the_order_of_the_places(self):
        self.file("cqlshrc", "[auth_provider]\nmodule = cassandra.auth\nclassname = PlainTextAuthProvider\nusername = me\npassword = no\n")
        self.file("credentials", "[PlainTextAuthProvider]\npassword = mine\n")
        self.check_login()
        self.file("cqlshrc", "[authentication]\nusername = me\npassword = mine\n"
                             "[auth_provider]\nmodule = cassandra.auth\nclassname = PlainTextAuthProvider\nusername = you\npassword = no\n")
        self.file("credentials", "[PlainTextAuthProvider]\nusername = you\npassword = no\n")
        self.check_login()
        self.file("cqlshrc", "[authentication]\nusername = you\npassword = no\n")
        self.file("credentials", "[plain_text_auth]\nusername = me\npassword = mine\n")
        self.check_login()
        self.check_login("-u", "you", "-p", "yours", QUIET, user="you", secret="yours")

    def test_a_password_is_that_of_the_user_beside_it(self):
        self.file("cqlshrc", "[authentication]\nusername = me\npassword = mine\n")
        terminal = Terminal(*self.where, "-u", "you")
        self.addCleanup(os.close, terminal.master)
        terminal.read_until("Password: ")
        terminal.type("yours\r")
        terminal.read_until("cocqlsh> ")
        self.assertEqual(terminal.end(), 0)
        self.assertEqual(self.node.logins, [("you", "yours")])
        self.file("cqlshrc", "[authentication]\npassword = yours\n")
        self.check_login("-u", "you", user="you", secret="yours")

    def test_percent_signs_in_a_password_are_percent_signs(self):
        self.file("credentials", "[plain_text_auth]\nusername = %%user\npassword = %(x)s%\n")
        self.check_login(user="%user", secret="%(x)s%")

    def test_a_file_that_others_can_read_is_not_used(self):
        path = self.file("credentials", "[plain_text_auth]\nusername = me\npassword = mine\n", mode=0o640)
        ran = self.run_shell()
        self.assertEqual(ran.returncode, 1)
        self.assertEqual(self.node.logins, [])
        self.assertIn(f"Warning: Credentials file '{path}' exists but is not used, because:\n  a. the file owner is not the current "
                      "user; or\n  b. the file is readable by group or other.\n", ran.stderr)

    def test_a_password_in_a_cqlshrc_that_others_can_read_is_told_of(self):
        warning = "Warning: Password is found in an insecure cqlshrc file. The file is owned or readable by other users on the " \
                  f"system: {FOLDER}/cqlshrc\n"
        for section in ("[authentication]", "[auth_provider]\nmodule = cassandra.auth\nclassname = PlainTextAuthProvider"):
            for mode in (0o640, 0o604, 0o644, 0o600):
                self.file("cqlshrc", f"{section}\nusername = me\npassword = mine\n", mode)
                self.check_login(errors="" if mode == 0o600 else warning)
        self.file("cqlshrc", "[connection]\ntimeout = 5\n", 0o644)
        self.check_login("-u", "me", "-p", "mine", QUIET)

    def test_a_file_that_is_named_and_not_there(self):
        ran = self.run_shell("--credentials", "/nowhere/credentials")
        self.assertEqual((ran.returncode, ran.stderr), (1, "cannot read '/nowhere/credentials': No such file or directory\n"))
        self.file("cqlshrc", "[authentication]\ncredentials = /nowhere/credentials\n")
        self.check_login("-u", "me", "-p", "mine", QUIET,
                         errors=f"{FOLDER}/cqlshrc:2: [authentication] credentials: '/nowhere/credentials' is not there\n")

    def test_mistakes_are_named_and_no_password_is_shown(self):
        for content, line in (("[plain_text_auth]\nusername = me\npassword hunter2\n", ":3: "), ("password = hunter2\n", ":1: "),
                              ("[plain_text_auth]\npassword =\nhunter2\n", ":3: "), ("hunter2", ":1: "),
                              ("[plain_text_auth]\npassword = hunter2\npassword = hunter2\n", ":3: [plain_text_auth] password stands twice")):
            self.assertNotIn("hunter2", self.check_refused(content, line, name="credentials").stderr)

    def test_what_is_not_known_in_it_is_told_of_without_its_name(self):
        path = self.file("credentials", "[plain_text_auth]\nusername = me\npassword = mine\nhunter2 = x\n")
        self.check_login(errors=f"{path}:4: [plain_text_auth] an entry is not known\n")

    def test_other_auth_providers_are_refused(self):
        for text, said in (("module = my.module\nclassname = Mine\n", "2: [auth_provider] module must be cassandra.auth"),
                           ("module = cassandra.auth\nclassname = SaslAuthProvider\n", "3: [auth_provider] classname must be PlainText"),
                           ("classname = PlainTextAuthProvider\n", "2: [auth_provider] classname must be written together with module"),
                           ("module = cassandra.auth\n", "2: [auth_provider] module must be written together with classname")):
            self.check_refused("[auth_provider]\n" + text, ":" + said)


class Cqlshrc(WithSettings):
    def test_a_byte_order_mark_before_the_first_section(self):
        for content in (b"\xef\xbb\xbf[connection]\nport = nine\n", "\ufeff[connection]\r\nport = nine\r\n".encode("utf-16-le")):
            self.check_refused(content, ":2: [connection] port must be a number from 1 to 65535")

    def test_indented_entries_are_entries(self):
        self.check_refused("[connection]\n  timeout = 3\n  port = nine\n", ":3: [connection] port")
        self.check_refused("  [connection]\n  port = nine\n", ":2: [connection] port")

    def test_a_comment_behind_a_section(self):
        self.check_refused("[connection] ; where\nport = nine\n", ":2: [connection] port")

    def test_an_entry_or_a_section_twice(self):
        self.check_refused("[connection]\nport = 1\nPort: 2\n", ":3: [connection] port stands twice, first in line 2")
        self.check_refused("[ui]\ncolor = on\n[connection]\n[ui]\n", ":4: [ui] stands twice, first in line 1")

    def test_values_of_other_entries(self):
        self.node.accounts = {"me%": "x"}
        self.file("cqlshrc", "[DEFAULT]\nname = me\n[authentication]\nusername = %(name)s%%\npassword = x\n")
        self.check(self.run_shell())
        self.assertEqual(self.node.logins, [("me%", "x")])
        for value in ("%(other)s", "100%", "%(username)s"):
            self.check_refused(f"[authentication]\nusername = {value}\n", ":2: [authentication] username: ")

    def test_what_cannot_be_used_is_refused_by_file_line_and_name(self):
        for text in ("[connection]\nport = 0", "[connection]\nport = 9042 ; comment", "[connection]\ntimeout = soon", "[connection]\nrequest_timeout = nan",
                     "[connection]\nno_compression = x", "[protocol]\nversion = 6", "[protocol]\nversion = None", "[ui]\nfloat_precision = 0",
                     "[ui]\ndouble_precision = x", "[ui]\ntty = x", "[ui]\ncolor = x", "[tracing]\nmax_trace_wait = x", "[history]\ndisabled = x",
                     "[ssl]\ncheck_hostname = x", "[client_routes]\nadvanced_shard_awareness = x"):
            section, name = text.replace("\n", " ").split()[:2]
            self.check_refused(text + "\n", f":2: {section} {name} must be ")
        self.check_refused("[cql]\nversion = 2.0\n", ":2: [cql] version must be a version of CQL from 3 on")
        self.check_refused("[ssl]\nvalidate = false\ncheck_hostname = true\n", ":3: [ssl] check_hostname must be false where validate is")

    def test_nothing_is_ignored_in_silence(self):
        notes = {
            "[ui]\nbrowser = firefox": "[ui] browser has no effect: HELP shows its text by itself",
            "[ui]\ncompletekey = ctrl-i": "[ui] completekey has no effect: there is no completion",
            "[ui]\ndate_format = %d": "[ui] date_format has no effect: dates are shown as CQL writes them",
            "[ui]\nnanotime_format = %H": "[ui] nanotime_format has no effect: times are shown as CQL writes them",
            "[csv]\nfield_size_limit = 9": "[csv] field_size_limit has no effect: there is no COPY",
            "[copy]\nheader = true\nnull = x": "[copy] has no effect: there is no COPY",
            "[copy-to:ks.t]\nheader = true": "[copy-to:ks.t] has no effect: there is no COPY",
            "[ssl]\nversion = TLSv1": "[ssl] version has no effect: the version of TLS is agreed on with the server",
            "[connection]\nhostnam = x": "[connection] hostnam is not known",
            "[conection]\nhostname = x": "[conection] hostname is not known",
            "[DEFAULT]\nunused = x": "[DEFAULT] unused is not known",
        }
        for text, note in notes.items():
            path = self.file("cqlshrc", text + "\n")
            self.check(self.run_shell(), f"{path}:2: {note}\n")
        path = self.file("cqlshrc", "[ui]\nencoding = latin-1\n")
        self.check(self.run_shell(), f"{path}:2: [ui] encoding = latin-1 has no effect: all input and output is UTF-8\n")

    def test_what_is_as_it_is_anyway_needs_no_note(self):
        self.file("cqlshrc", "[ui]\ncompletekey = tab\nencoding = utf8\ndate_format = %Y-%m-%d\nnanotime_format = %H:%M:%S.%N\nbrowser =\n"
                             "[connection]\nno_compression = true\nhostname =\n[certfiles]\nother.example = ~/ca.pem\n[copy]\n[ssl]\n")
        self.check(self.run_shell())

    def test_the_old_place_of_the_file(self):
        old = self.file(f"{HOME}/.cqlshrc", "[connection]\nport = nine\n")
        self.addCleanup(os.remove, old)
        ran = self.run_shell()
        self.assertIn(old + ":2: [connection] port must be", ran.stderr)
        self.assertTrue(os.path.exists(old))
        self.node.accounts = {"me": "mine"}
        self.file(old, "[authentication]\nusername = me\n")
        self.file("credentials", "[plain_text_auth]\npassword = mine\n")
        self.check(self.run_shell())
        self.file("credentials", "[plain_text_auth]\nusername = me\npassword = mine\n")
        new = self.file("cqlshrc", "")
        self.check(self.run_shell(), f"{old} is not read, since there is {new}\n")

    def test_version_and_help_do_not_depend_on_it(self):
        self.file("cqlshrc", "nonsense")
        for option in ("--version", "--help"):
            self.assertEqual((shell(option).returncode, shell(option).stderr), (0, ""))

    def test_an_authority_for_each_host(self):
        self.file("cqlshrc", "[connection]\nssl = true\n[certfiles]\n127.0.0.1 = /nowhere/of_host.pem\nother = /nowhere/other.pem\n"
                             "[ssl]\ncertfile = /nowhere/all.pem\n")
        self.assertIn("cannot use the CA file '/nowhere/of_host.pem'", self.run_shell().stderr)
        self.assertIn("cannot use the CA file '/nowhere/other.pem'", shell("other", environment={"CQLSH_HOST": "other"}).stderr)
        self.assertIn("cannot use the CA file '/nowhere/environment.pem'", self.run_shell(SSL_CERTFILE="/nowhere/environment.pem").stderr)
        self.assertIn("cannot use the CA file '/nowhere/option.pem'", self.run_shell("--tls-ca", "/nowhere/option.pem").stderr)
        self.file("cqlshrc", "[connection]\nssl = true\n[certfiles]\nother = /nowhere/other.pem\n[ssl]\ncertfile = /nowhere/all.pem\n")
        self.assertIn("cannot use the CA file '/nowhere/all.pem'", self.run_shell().stderr)

    def test_it_may_say_whether_we_are_on_a_terminal(self):
        self.file("cqlshrc", "[ui]\ntty = false\n")
        terminal = Terminal(*self.where)
        self.addCleanup(os.close, terminal.master)
        terminal.type("CONSISTENCY\n")
        terminal.read_until("Current consistency level is ONE.")
        self.assertEqual(terminal.end(), 0)
        self.assertNotIn("cocqlsh>", terminal.seen)

    def test_the_patience_with_traces(self):
        self.node.answers = {"system_traces.sessions": table({"session_id": node.UUID})}
        self.file("cqlshrc", "[tracing]\nmax_trace_wait = 0.01\n")
        ran = self.run_shell("--request-timeout", "3", statement="SHOW SESSION 12345678-1234-1234-1234-123456789012")
        self.assertEqual((ran.returncode, ran.stderr), (2, "Session 12345678-1234-1234-1234-123456789012 wasn't found.\n"))


class Shown(WithSettings):
    """The digits of numbers, and timestamps in the user's zone and format; expected as cqlsh 6.2.2 shows them."""

    summer = 1782909296789  # 2026-07-01 12:34:56.789 UTC

    def setUp(self):
        super().setUp()
        pi, short_pi = struct.pack(">d", 3.14159265358979), struct.pack(">f", 3.14159265)
        self.node.answers = {
            "moment": table({"w": TIMESTAMP, "l": list_of(TIMESTAMP)}, [self.summer, elements(self.summer)]),
            "numbers": table({"f": FLOAT, "d": DOUBLE, "l": list_of(FLOAT)}, [short_pi, pi, elements(short_pi)]),
            "old": table({"w": TIMESTAMP}, *([at] for at in (
                -1, -2840141000000, -62135596800000, -62135596800001 - 86400000, 253402300800000 + 86400000))),
        }

    def shown(self, statement, *arguments, errors="", **environment):
        ran = self.run_shell(*arguments, statement="SELECT " + statement, **environment)
        self.check(ran, errors)
        return [line.strip() for line in ran.stdout.split("\n")[3:-3]]

    def moment(self, text, *arguments, **environment):
        self.assertEqual(self.shown("moment", *arguments, **environment), [f"{text} | ['{text}']"])

    def test_in_utc_unless_something_else_is_said(self):
        self.moment("2026-07-01 12:34:56.789000+0000")

    def test_in_the_zone_of_the_environment(self):
        for zone in ("Asia/Kolkata", ":Asia/Kolkata", "/usr/share/zoneinfo/Asia/Kolkata", "IST-5:30", "<+0530>-5:30"):
            self.moment("2026-07-01 18:04:56.789000+0530", TZ=zone)
        self.moment("2026-07-01 14:34:56.789000+0200", TZ="CET-1CEST,M3.5.0,M10.5.0/3")

    def test_in_the_zone_of_cqlshrc_unless_the_environment_has_one(self):
        self.file("cqlshrc", "[ui]\ntimezone = Europe/Berlin\n")
        self.moment("2026-07-01 14:34:56.789000+0200")
        self.moment("2026-07-01 14:34:56.789000+0200", TZ="")
        self.moment("2026-07-01 18:04:56.789000+0530", TZ="Asia/Kolkata")

    def test_a_zone_that_is_not_known_is_told_of(self):
        # A summer time without its rule: glibc shows New York's time from 2038 on.
        for zone in ("Nowhere/Here", "CET-1CEST", "Europe", "../../etc/passwd", "UTC+x"):
            self.moment("2026-07-01 12:34:56.789000+0000", TZ=zone,
                        errors=f"Warning: could not recognize timezone '{zone}' from environment value TZ\n")
        self.file("cqlshrc", "[ui]\ntimezone = Nowhere/Here\n")
        self.moment("2026-07-01 12:34:56.789000+0000", errors="Warning: could not recognize timezone 'Nowhere/Here' specified in cqlshrc\n")
        self.file("cqlshrc", "[ui]\ntimezone = Europe/Berlin\n")
        self.moment("2026-07-01 14:34:56.789000+0200", TZ="Nowhere/Here",
                    errors="Warning: could not recognize timezone 'Nowhere/Here' from environment value TZ\n")

    def test_in_the_format_of_cqlshrc(self):
        self.file("cqlshrc", "[ui]\ntime_format = %d.%m.%Y %H:%M:%S.%f %z %Z %%f 100%\ntimezone = Europe/Berlin\n")
        self.moment("01.07.2026 14:34:56.789000 +0200 CEST %f 100%")
        self.file("cqlshrc", "[ui]\ntime_format = %j %A %Z\n")
        self.moment("182 Wednesday UTC")
        self.file("cqlshrc", "")
        self.moment("12:34", CQLSH_DEFAULT_TIMESTAMP_FORMAT="%H:%M")
        self.file("cqlshrc", "[ui]\ntime_format = %H\n")
        self.moment("12", CQLSH_DEFAULT_TIMESTAMP_FORMAT="%H:%M")

    def test_years_that_no_calendar_is_for(self):
        self.assertEqual(self.shown("old", TZ="Europe/Berlin"), [
            "1970-01-01 00:59:59.999000+0100", "1880-01-01 00:50:08.000000+005328", "0001-01-01 00:53:28.000000+005328",
            "-62135683200001", "253402387200000"])

    def test_in_colours_too(self):
        self.file("cqlshrc", "[ui]\ntime_format = %H:%M\ntimezone = Europe/Berlin\nfloat_precision = 3\n")
        green = "\x1b[0;1;32m{}\x1b[0m".format
        shown = self.shown("moment", "-C")
        self.assertIn(green("14:34"), shown[0])
        self.assertIn(green("'14:34'"), shown[0])
        self.assertIn(green("3.142"), self.shown("numbers", "-C")[0])

    def test_digits(self):
        self.assertEqual(self.shown("numbers"), ["3.14159 | 3.14159 | [3.14159]"])
        self.file("cqlshrc", "[ui]\nfloat_precision = 3\ndouble_precision = 12\n")
        self.assertEqual(self.shown("numbers"), ["3.142 | 3.14159265359 | [3.142]"])


class Flags(WithSettings):
    """Each flag of cqlsh 6.2.2 and of scylla-cqlsh 6.0.40 does what it does there, or a note says that it does nothing."""

    quiet = [
        ["-k", "ks"], ["-kks"], ["-k=ks"], ["--keyspace=ks"], ["--key", "ks"], ["--debug"], ["--encoding", "utf8"], ["--encoding=UTF-8"],
        ["--protocol-version", "4"], ["--connect-timeout", "7"], ["--connect-timeout=7"], ["--request-timeout=7"], ["-C"], ["--color"],
        ["--no-color"], ["--disable-history"], [QUIET], ["--no-compression"], ["--no-client-routes-advanced-shard-awareness"],
        ["-u", "me", "-p", "x", QUIET], ["-ume", "-px", QUIET], ["-Cume"], ["--user=me", "--pass=x", "--insec"],
        ["--keyspace", "nope", "-k", "ks"], ["--cqlversion", "3.4.7"],
    ]
    noted = {
        "--browser=firefox": "--browser has no effect: HELP shows its text by itself\n", "--coverage": "--coverage has no effect\n",
        "--driver-debug": "--driver-debug has no effect: --debug shows the settings, TRACING what servers do\n",
        "--encoding=latin-1": "--encoding latin-1 has no effect: all input and output is UTF-8\n",
        "--client-routes-advanced-shard-awareness": "advanced shard awareness of client routes has no effect\n",
    }

    def test_no_flag_of_a_script_for_cqlsh_ends_with_usage(self):
        for flags in self.quiet:
            with self.subTest(flags):
                ran = self.run_shell(*flags)
                self.assertEqual(ran.returncode, 0, ran.stderr)
                if "--debug" not in flags:
                    self.assertEqual(ran.stderr, "")

    def test_a_flag_without_effect_says_so(self):
        for flag, note in self.noted.items():
            self.check(self.run_shell(flag), note)

    def test_client_routes_are_told_of(self):
        note = "client routes are not followed; connecting to 127.0.0.1:{} itself\n".format(self.node.port)
        self.check(self.run_shell("--client-route", "a=192.0.2.1", "--client-route", "b"), note)
        # Their address is where to connect when there is no other.
        ran = shell("--client-route=a", "--client-route=b=127.0.0.1", "-e", "SELECT one", environment={"CQLSH_PORT": str(self.node.port)})
        self.check(ran, note)
        self.file("cqlshrc", f"[connection]\nport = {self.node.port}\n[client_routes]\nproxies = a, b=127.0.0.1\n")
        self.check(shell("-e", "SELECT one"), note)

    def test_a_version_of_cql(self):
        self.node.supported = {"CQL_VERSION": ["3.4.7", "3.3.1"]}
        self.check(self.run_shell("--cqlversion=3.3.1"))
        self.assertEqual(self.node.startups[-1]["CQL_VERSION"], "3.3.1")
        ran = self.run_shell("--cqlversion", "3")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("the server does not speak CQL 3.0.0, but 3.4.7, 3.3.1", ran.stderr)
        self.file("cqlshrc", "[cql]\nversion = 3.4.4\n")
        self.assertIn("the server does not speak CQL 3.4.4", self.run_shell().stderr)
        for version in ("2.0.0", "new"):
            ran = self.run_shell("--cqlversion", version)
            self.assertEqual((ran.returncode, ran.stderr), (1, "--cqlversion must be a version of CQL from 3 on, such as 3.4.7, "
                                                               f"not '{version}'\n"))

    def test_debug_shows_the_settings(self):
        ran = self.run_shell("--debug", "--connect-timeout=2.5")
        for line in ("Using CQL driver: cocql ", "Using connect timeout: 2.5 seconds\n", "Using 'utf-8' encoding\n", "Using ssl: False\n",
                     f"Using settings file: {FOLDER}/cqlshrc (not there)\n"):
            self.assertIn(line, ran.stderr)

    def test_what_comes_later_counts(self):
        self.assertIn("\x1b[", self.run_shell("--no-color", "-C", statement="SELECT rows 1").stdout)
        self.assertNotIn("\x1b[", self.run_shell("-C", "--no-color", statement="SELECT rows 1").stdout)

    def test_a_name_cut_short_that_may_mean_several_things(self):
        ran = self.run_shell("--c")
        self.assertEqual(ran.returncode, 1)
        self.assertIn("--c may mean --cqlshrc, --credentials, ", ran.stderr)

    def test_what_looks_like_an_option_is_a_value_after_one_that_takes_it(self):
        ran = shell(*self.where, "-e", "--comment\nSELECT one")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertEqual(self.node.statements[-1], "SELECT one")

    def test_a_line_before_the_prompt(self):
        terminal = Terminal(*self.where, CQLSH_PROMPT="[production]")
        self.addCleanup(os.close, terminal.master)
        terminal.read_until(r"\[production\]\s+(?s:.*)cocqlsh> ")
        terminal.type("SELECT\r")
        self.assertNotIn("production", terminal.read_until(r"   \.\.\. "))
        terminal.type("one;\r")
        terminal.read_until(r"\[production\]\s+(?s:.*)cocqlsh> ")
        self.assertEqual(terminal.end(), 0)

    def test_the_line_before_the_prompt_may_be_coloured(self):
        terminal = Terminal(*self.where, CQLSH_PROMPT="\x1b[31m[production]\x1b[0m")
        self.addCleanup(os.close, terminal.master)
        terminal.read_until("\\r\\n\x1b\\[31m\\[production\\]\x1b\\[0m\\r\\ncocqlsh> ")
        self.assertEqual(terminal.end(), 0)

    def test_the_environment_is_not_ignored_in_silence(self):
        self.assertEqual(self.run_shell(CQLSH_PORT="nine").stderr, "CQLSH_PORT must be a number from 1 to 65535, not 'nine'\n")
        self.check(self.run_shell(SSL_VERSION="TLSv1"), "SSL_VERSION has no effect: the version of TLS is agreed on with the server\n")
        self.file("cqlshrc", "[ssl]\nvalidate = false\n")
        self.assertIn("must be false where validate is", self.run_shell(SSL_CHECK_HOSTNAME="true").stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
