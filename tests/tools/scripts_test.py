#!/usr/bin/env python3
"""Tests of tools/test and tools/demo: several runs side by side and among other people's servers, and ended at any moment.

The scripts are the real ones, in copies of the tree that have little more than them; the compiler, the tests and the
servers only look like them (tools/cluster/testing)."""

import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "cluster" / "testing"))

from surroundings import Surroundings  # noqa: E402

PATIENCE = 300  # seconds, after which something hangs

# Each tells the test that it is at work, and where the test wants that stays so.
AT_WORK = '''
at_work() {
    touch "$COCQL_TOLD/$1.$$"
    if [ -e "$COCQL_TOLD/hold.$1" ]; then exec sleep 3600; fi
}
'''
MESON = AT_WORK + '''
if [ "$1" = setup ]; then
    folder=$2
    # As Meson does that finds what an interrupted one has left.
    if [ -e "$folder/meson-private/coredata.dat" ]; then echo "Directory already configured."; exit 0; fi
    mkdir -p "$folder/meson-private" "$folder/meson-info"
    touch "$folder/meson-private/coredata.dat"
    at_work setup
    touch "$folder/build.ninja" "$folder/meson-private/build.dat" "$folder/meson-info/meson-info.json"
    echo '[{"name": "core/one"}, {"name": "live"}]' >"$folder/meson-info/intro-tests.json"
else
    echo "1/2 cocql:core / core/one        OK              0.01s"
    at_work tests
    echo "server: ${COCQL_CONTACT_POINTS-none} ${COCQL_PORT-} ${COCQL_TLS_PORT-}"
    while [ -e "$COCQL_TOLD/slow" ]; do sleep 0.1; done
    echo "2/2 cocql:live / live            OK              1.00s"
    printf 'Ok:                 2\\nExpected Fail:      0\\nFail:               0\\nUnexpected Pass:    0\\n'
    printf 'Skipped:            0\\nTimeout:            0\\n'
fi
'''
NINJA = AT_WORK + '''
[ -f "$2/build.ninja" ] || { echo "ninja: error: loading 'build.ninja': No such file or directory"; exit 1; }
at_work ninja
mkdir -p build/tools/repl
cat >build/tools/repl/cocqlsh <<'END'
#!/bin/sh
echo "cocqlsh $*"
END
chmod +x build/tools/repl/cocqlsh
'''


class Scripts(unittest.TestCase):
    def setUp(self):
        self.surroundings = Surroundings(engines=())
        self.addCleanup(self.surroundings.close)
        self.folder = self.surroundings.folder
        self.told = self.folder / "told"
        self.told.mkdir()
        self.surroundings.program("meson", MESON)
        self.surroundings.program("ninja", NINJA)
        self.surroundings.program("dpkg-query", "echo install ok installed")
        self.environment = {**self.surroundings.environment, "COCQL_TOLD": str(self.told)}
        self.clone("one")

    def clone(self, name: str) -> None:
        for part in ("tools/test", "tools/demo", "tools/demo.cql", "tools/packages", "tools/ci", "tools/cluster"):
            source, target = ROOT / part, self.folder / name / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)

    def start(self, command: str, clone: str = "one", **environment) -> subprocess.Popen:
        program, *arguments = shlex.split(command)
        # A process group of its own, to which a terminal would send Ctrl-C.
        return subprocess.Popen([str(self.folder / clone / program), *arguments], text=True, stdin=subprocess.DEVNULL,
                                env={**self.environment, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                process_group=0)

    def ended(self, run: subprocess.Popen, status: int = 0) -> str:
        said, _ = run.communicate(timeout=PATIENCE)
        self.assertEqual(run.returncode, status, said)
        return said

    def run_it(self, command: str, clone: str = "one", status: int = 0, **environment) -> str:
        return self.ended(self.start(command, clone, **environment), status)

    def wait_until(self, happened) -> None:
        until = time.monotonic() + PATIENCE
        while not happened():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)

    def times(self, what: str) -> int:
        return len(list(self.told.glob(f"{what}.*")))

    def wait_for(self, what: str, times: int = 1) -> None:
        self.wait_until(lambda: self.times(what) >= times)

    def nothing_is_left(self, clone: str = "one") -> None:
        self.assertEqual(self.surroundings.nodes(), [])
        self.wait_until(lambda: self.surroundings.processes() == [])
        clusters = self.folder / clone / "build" / "cluster"
        self.assertEqual([path.name for path in clusters.iterdir() if path.is_dir()] if clusters.exists() else [], [])


class SideBySide(Scripts):
    def test_among_servers_on_the_usual_addresses_and_ports(self):
        with contextlib.ExitStack() as foreign:
            for port in (9042, 9142, 7000):
                with contextlib.suppress(OSError):  # where somebody has it already all is as wanted
                    foreign.enter_context(socket.create_server(("127.0.0.1", port)))
            said = self.run_it("tools/test")
            self.assertIn("2 passed, 0 failed", said)
            self.assertRegex(said, r"server: 127\.90\.\S+ 9042 9142")
            said = self.run_it("tools/demo")
            self.assertRegex(said, r"cocqlsh 127\.90\.\S+ 9142 .*-f tools/demo.cql")
        self.nothing_is_left()

    def test_two_clones_at_once(self):
        self.clone("other")
        (self.told / "slow").touch()
        runs = [self.start("tools/test", clone) for clone in ("one", "other")]
        self.wait_for("tests", 2)
        (self.told / "slow").unlink()
        said = [self.ended(run) for run in runs]
        places = {re.search("server: (.*)", each)[1] for each in said}
        self.assertEqual(len(places), 2)
        self.nothing_is_left()

    def test_twice_in_one_clone_is_refused_at_once(self):
        (self.told / "slow").touch()
        first = self.start("tools/test")
        self.wait_for("ninja")
        self.surroundings.program("dpkg-query", "exit 1")  # nothing is asked or installed before
        for other in ("tools/test", "tools/demo", "tools/test --no-live"):
            said = self.run_it(other, status=1)
            self.assertRegex(said, rf"tools/test \(process {first.pid}, since \d+:\d+\) is at work in this clone")
        (self.told / "slow").unlink()
        self.assertIn("2 passed, 0 failed", self.ended(first))
        self.nothing_is_left()

    def test_demo_beside_test_in_one_clone(self):
        # It needs the build folder to itself only while it builds.
        self.surroundings.program("ninja", NINJA.replace('echo "cocqlsh $*"', 'echo "cocqlsh $*"\ntouch "$COCQL_TOLD/shell.$$"\n'
                                                         'while [ -e "$COCQL_TOLD/shown" ]; do sleep 0.1; done'))
        (self.told / "shown").touch()
        demo = self.start("tools/demo")
        self.wait_for("shell")
        self.assertIn("2 passed, 0 failed", self.run_it("tools/test"))
        self.assertIn("is at work in this clone, and both need the node of that name", self.run_it("tools/demo", status=1))
        (self.told / "shown").unlink()
        self.ended(demo)
        self.nothing_is_left()

    def test_that_no_node_can_be_started_is_found_before_anything_is_built(self):
        shutil.rmtree(self.folder / "cache")
        self.surroundings.program("mvn", "echo no way to the repository; exit 1")
        said = self.run_it("tools/test", status=1)
        self.assertIn("no way to the repository", said)
        self.assertIn("no node can be started; --no-live goes without", said)
        self.assertIn("no way to the repository", self.run_it("tools/demo", status=1))
        self.assertEqual((self.times("setup"), self.times("ninja")), (0, 0))
        self.assertIn("2 passed, 0 failed", self.run_it("tools/test --no-live"))

    def test_without_a_node_none_is_used(self):
        said = self.run_it("tools/test --no-live", COCQL_CONTACT_POINTS="127.0.0.1", COCQL_PORT="9042")
        self.assertIn("server: none", said)

    def test_it_tells_how_far_it_has_come(self):
        (self.told / "slow").touch()
        run = self.start("tools/test", COCQL_PROGRESS_SECONDS="0.2")
        said = ""
        while "left: live" not in said:
            line = run.stdout.readline()
            self.assertTrue(line, said)
            said += line
        (self.told / "slow").unlink()
        said += self.ended(run)
        self.assertRegex(said, r"\[1/5\] what is needed(?s:.*)\[2/5\](?s:.*)\[3/5\] building build(?s:.*)\[4/5\](?s:.*)\[5/5\] testing")
        self.assertRegex(said, r"… 1 of 2 done after \d+:\d\d, left: live")

    def test_help_and_mistakes(self):
        for script in ("tools/test", "tools/demo"):
            self.assertIn("Installs what is missing", self.run_it(f"{script} --help"))
            self.assertIn("unknown option --nope", self.run_it(f"{script} --nope", status=1))
        self.assertEqual(self.times("ninja"), 0)


class Ended(Scripts):
    """By Ctrl-C, kill and a closed terminal, in every part: nothing is left, and the next run is as if nothing had been."""

    # How; whether the whole group is told, as by a terminal, or only the script, as by kill; what it ends with.
    WAYS = ((signal.SIGINT, True, 130), (signal.SIGINT, False, 130), (signal.SIGTERM, False, 143), (signal.SIGHUP, True, 129))

    def end_in(self, what: str, script: str = "tools/test") -> None:
        for number, to_all, status in self.WAYS:
            with self.subTest(what=what, signal=number.name, to_all=to_all):
                shutil.rmtree(self.folder / "one" / "build", ignore_errors=True)
                for path in self.told.iterdir():
                    path.unlink()
                (self.told / f"hold.{what}").touch()
                run = self.start(script, **({"COCQL_FAKE_DEAF": "1"} if what == "node" else {}))
                self.wait_until(lambda: self.times(what) or (what == "node" and self.surroundings.nodes()))
                (os.killpg if to_all else os.kill)(run.pid, number)
                self.ended(run, status)
                self.nothing_is_left()
                (self.told / f"hold.{what}").unlink()
        said = self.run_it(script)
        self.assertIn("2 passed, 0 failed" if script == "tools/test" else "cocqlsh 127.90.", said)
        self.nothing_is_left()

    def test_while_configuring(self):
        self.end_in("setup")

    def test_while_building(self):
        self.end_in("ninja")

    def test_while_a_node_starts(self):
        self.end_in("node")

    def test_while_testing(self):
        self.end_in("tests")

    def test_demo_while_building(self):
        self.end_in("ninja", "tools/demo")

    def test_demo_while_a_node_starts(self):
        self.end_in("node", "tools/demo")

    def test_impatience(self):
        (self.told / "hold.tests").touch()
        run = self.start("tools/test")
        self.wait_for("tests")
        until = time.monotonic() + PATIENCE
        while run.poll() is None:
            self.assertLess(time.monotonic(), until)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGINT)
            time.sleep(0.02)
        run.communicate()
        self.assertEqual(run.returncode, 130)
        self.nothing_is_left()

    def test_kill_9_and_again(self):
        for script in ("tools/test", "tools/demo"):
            for what in ("setup", "ninja", "tests"):
                if script == "tools/demo" and what == "tests":
                    continue
                (self.told / f"hold.{what}").touch()
                before = self.times(what)
                run = self.start(script)
                self.wait_for(what, before + 1)
                os.killpg(run.pid, signal.SIGKILL)
                run.communicate()
                (self.told / f"hold.{what}").unlink()
                self.run_it(script)
                self.nothing_is_left()
                shutil.rmtree(self.folder / "one" / "build")

    def test_nobody_reads_what_is_said(self):
        (self.told / "hold.tests").touch()
        run = self.start("tools/test")
        self.wait_for("tests")
        run.stdout.close()
        os.kill(run.pid, signal.SIGTERM)
        self.assertEqual(run.wait(PATIENCE), 143)
        self.nothing_is_left()

    def test_a_folder_that_was_half_configured(self):
        private = self.folder / "one" / "build" / "meson-private"
        private.mkdir(parents=True)
        (private / "coredata.dat").touch()
        self.assertIn("2 passed, 0 failed", self.run_it("tools/test"))


if __name__ == "__main__":
    unittest.main()
