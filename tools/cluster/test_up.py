#!/usr/bin/env python3
"""Tests of the whole cluster command with nodes that only look like servers (testing/): several runs side by side, among
other people's servers, and ended at any moment."""

import contextlib
import os
import random
import select
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "testing")]

from cql_probe import Connection  # noqa: E402
from surroundings import Surroundings  # noqa: E402

PATIENCE = 300  # seconds, after which something hangs
MOMENTS = int(os.environ.get("COCQL_MOMENTS", "3"))  # at which each kind of run is ended


class Clusters(unittest.TestCase):
    """Whole runs."""

    def setUp(self):
        self.surroundings = Surroundings()
        self.addCleanup(self.surroundings.close)
        self.folder = self.surroundings.folder
        self.environment = self.surroundings.environment
        self.nodes_of = self.surroundings.nodes

    def command(self, text: str, directory: str = "one") -> list[str]:
        return [sys.executable, str(HERE / "cluster"), *shlex.split(text), "--directory", str(self.folder / directory)]

    def start(self, text: str, directory: str = "one", **environment) -> subprocess.Popen:
        return subprocess.Popen(self.command(text, directory), env={**self.environment, **environment}, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def ended(self, run: subprocess.Popen, status: int = 0) -> str:
        """Its standard output, or where it fails, as it should, its standard error."""
        output, errors = run.communicate(timeout=PATIENCE)
        self.assertEqual(run.returncode, status, errors)
        return errors if status else output

    def run_it(self, text: str, directory: str = "one", status: int = 0, **environment) -> str:
        return self.ended(self.start(text, directory, **environment), status)

    def env(self, directory: str = "one", name: str = "default") -> dict[str, str]:
        lines = self.run_it(f"env --name {name}", directory).splitlines()
        return dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))

    def check_all_serve(self, environment: dict[str, str]) -> None:
        for point in environment["COCQL_CONTACT_POINTS"].split(","):
            with Connection(point, int(environment["COCQL_PORT"])) as connection:
                connection.options()


class SideBySide(Clusters):
    def test_among_servers_on_the_usual_addresses_and_ports(self):
        with contextlib.ExitStack() as foreign:
            for port in (9042, 9142, 7000):
                with contextlib.suppress(OSError):  # where somebody has it already all is as wanted
                    foreign.enter_context(socket.create_server(("127.0.0.1", port)))
            self.run_it("up --tls --auth --mtls-node")
            environment = self.env()
            self.assertNotIn("127.0.0.1", environment["COCQL_CONTACT_POINTS"])
            self.check_all_serve(environment)
            self.assertIn("serving", self.run_it("status"))
            self.run_it("down")
        self.assertEqual(self.nodes_of(""), [])

    def two_at_once(self, wanted: str) -> None:
        runs = [self.start(wanted, directory) for directory in ("one", "other")]
        for run in runs:
            self.ended(run)
        points = [self.env(directory)["COCQL_CONTACT_POINTS"].split(",") for directory in ("one", "other")]
        self.assertEqual(len({*points[0], *points[1]}), 6)
        for directory in ("one", "other"):
            self.check_all_serve(self.env(directory))
        self.run_it("down", "one")
        self.check_all_serve(self.env("other"))
        self.run_it("status", "other")
        self.run_it("down", "other")
        self.assertEqual(self.nodes_of(""), [])

    def test_two_clones_at_once(self):
        self.two_at_once("up --backend cassandra --nodes 3 --tls --auth --mtls-node")

    def test_two_clones_at_once_with_scylla_in_containers(self):
        self.two_at_once("up --backend podman --nodes 3 --tls --auth --mtls-node")
        self.assertEqual(list((self.folder / "containers").iterdir()), [])

    def test_two_of_one_clone_by_name(self):
        runs = [self.start(f"up --nodes 3 --name {name}") for name in ("a", "b")]
        for run in runs:
            self.ended(run)
        points = {point for name in ("a", "b") for point in self.env("one", name)["COCQL_CONTACT_POINTS"].split(",")}
        self.assertEqual(len(points), 6)
        for name in ("a", "b"):
            self.run_it(f"down --name {name}")

    def test_the_same_one_twice_is_refused_at_once(self):
        run = self.start("up --timeout 600", COCQL_FAKE_DEAF="1")
        self.wait_until(lambda: self.nodes_of("one"))
        begun = time.monotonic()
        self.assertIn("at work", self.run_it("up", status=1))
        self.assertIn("at work", self.run_it("check", status=1))
        self.assertLess(time.monotonic() - begun, 60)
        run.send_signal(signal.SIGINT)
        self.ended(run, 130)
        self.assertEqual(self.nodes_of(""), [])

    def test_up_again_agrees_with_what_was_chosen(self):
        self.run_it("up --tls")
        before = self.env()
        self.assertIn("already runs", self.ended_with_errors("up --tls"))
        self.assertEqual(self.env(), before)
        self.assertIn("first_address", self.run_it("up --tls --first-address 127.91.0.44", status=1))
        self.run_it("down")

    def ended_with_errors(self, text: str) -> str:
        run = self.start(text)
        _, errors = run.communicate(timeout=PATIENCE)
        self.assertEqual(run.returncode, 0, errors)
        return errors

    def wait_until(self, happened) -> None:
        until = time.monotonic() + PATIENCE
        while not happened():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)

    @staticmethod
    def hang_up_on_all(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                listener.accept()[0].close()

    def robbed(self, wanted: str) -> str:
        """What up says when another program takes a port after it was found free."""
        stolen = self.folder / "stolen"
        stolen.touch()
        run = self.start(wanted, COCQL_FAKE_STOLEN=str(stolen))
        place = Path(f"{stolen}.place")
        self.wait_until(place.exists)
        address, _, port = place.read_text().partition(":")
        with socket.create_server((address, int(port))) as thief:
            threading.Thread(target=self.hang_up_on_all, args=(thief,), daemon=True).start()
            Path(f"{stolen}.taken").touch()
            _, errors = run.communicate(timeout=PATIENCE)
            if run.returncode == 0:
                self.assertNotIn(address, self.env()["COCQL_CONTACT_POINTS"].split(","))
                self.run_it("down")
        self.assertEqual(self.nodes_of(""), [])
        return errors

    def test_a_port_is_taken_between_choosing_and_binding(self):
        self.assertIn("taken by another program meanwhile; trying elsewhere", self.robbed("up --tls --auth --nodes 3"))

    def test_a_port_of_a_container_is_taken_between_choosing_and_binding(self):
        said = self.robbed("up --backend podman --tls --auth --nodes 3")
        self.assertIn("taken by another program meanwhile; trying elsewhere", said)
        self.assertEqual(list((self.folder / "containers").iterdir()), [])

    def test_a_port_that_was_asked_for_is_taken(self):
        own = f"127.91.{random.randrange(256)}.{random.randrange(1, 255)}"  # others may run these tests, too
        said = self.robbed(f"up --first-address {own}")
        self.assertIn(f"{own}:9042 was taken by another program meanwhile", said)
        self.assertNotIn("elsewhere", said)

    def test_check_starts_nothing_and_leaves_nothing(self):
        run = self.start("check --tls --auth --mtls-node --nodes 3")
        _, errors = run.communicate(timeout=PATIENCE)
        self.assertEqual(run.returncode, 0, errors)
        self.assertRegex(errors, r"ready to start 127\.90\.\S+, \S+, \S+, \S+, port 9042, TLS 9142")
        self.assertEqual(self.nodes_of(""), [])
        self.assertEqual([path.name for path in (self.folder / "one").iterdir()], [".default.lock"])

    def test_check_says_what_is_missing(self):
        (self.folder / "bin" / "podman").write_text("#!/bin/sh\necho 'out of order' >&2\nexit 1\n")
        said = self.run_it("check --backend podman", status=1)
        self.assertIn("--backend podman: podman does not answer: out of order", said)

    def test_a_cluster_of_the_environment_without_tls_is_passed_over(self):
        # Everybody has it who works on the Rust driver.
        run = self.start("check --tls --auth", SCYLLA_URI="127.0.0.1:9042")
        _, errors = run.communicate(timeout=PATIENCE)
        self.assertEqual(run.returncode, 0, errors)
        self.assertIn("SCYLLA_URI names a cluster, but there is no COCQL_TLS_PORT", errors)


class Ended(Clusters):
    """By Ctrl-C and by worse, at any moment: nothing is left, or the next run finds it."""

    WANTED = "up --backend cassandra --tls --auth --nodes 3 --mtls-node"

    def length(self, wanted: str) -> float:
        begun = time.monotonic()
        self.run_it(wanted)
        taken = time.monotonic() - begun
        self.run_it("down")
        return taken

    def at_moments(self, wanted: str, end) -> None:
        """Ends runs at moments from before the beginning to after the end."""
        whole = self.length(wanted)
        for i in range(MOMENTS):
            run = subprocess.Popen(self.command(wanted), env=self.environment, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
            moment = whole * 1.1 * (i + random.random()) / MOMENTS
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(moment)
            with self.subTest(moment=f"{moment:.2f} s of {whole:.2f} s"):
                end(run)
            run.stderr.close()
            run.wait()

    def gone(self) -> None:
        self.assertEqual(self.nodes_of(""), [])
        self.assertEqual(list((self.folder / "containers").iterdir()), [])
        self.assertFalse((self.folder / "one" / "default").exists())

    def by(self, *numbers: int):
        def end(run: subprocess.Popen) -> None:
            for number in numbers:
                run.send_signal(number)
            _, errors = run.communicate(timeout=PATIENCE)
            # It is prepared for signals only while it works: in the moments before and after they just end it. One that
            # reaches Python itself while it still imports what this installation has it import ends it with 1.
            if not errors.startswith("Fatal Python error: init_import_site"):
                self.assertIn(run.returncode, (0, 130, *(-number for number in numbers)), errors)
            if run.returncode != 130:
                self.run_it("down")
            self.gone()
        return end

    def test_ctrl_c(self):
        self.at_moments(self.WANTED, self.by(signal.SIGINT))

    def test_ctrl_c_and_kill_at_once(self):
        # As when a script is interrupted that ends its children.
        self.at_moments(self.WANTED, self.by(signal.SIGINT, signal.SIGTERM, signal.SIGINT))

    def test_a_closed_terminal(self):
        self.at_moments(self.WANTED, self.by(signal.SIGHUP))

    def test_ctrl_c_with_containers(self):
        self.at_moments("up --backend podman --tls --auth --nodes 2", self.by(signal.SIGINT, signal.SIGTERM))

    def test_each_signal_while_nodes_start(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for wanted in (self.WANTED, "up --backend podman"):
                run = self.start(wanted, COCQL_FAKE_DEAF="1")
                while not self.nodes_of("one"):
                    time.sleep(0.01)
                run.send_signal(number)
                self.assertIn("interrupted", self.ended(run, 130))
                self.gone()

    def test_nohup(self):
        ignoring = f"import os, signal, sys; signal.signal({int(signal.SIGHUP)}, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
        run = subprocess.Popen([sys.executable, "-c", ignoring, *self.command("up --backend cassandra")], text=True,
                               env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while not self.nodes_of("one"):
            time.sleep(0.01)
        run.send_signal(signal.SIGHUP)
        self.ended(run)
        self.run_it("down")

    def test_kill_9(self):
        def end(run: subprocess.Popen) -> None:
            run.kill()
            run.wait()
            if random.random() < 0.5:
                self.run_it(self.WANTED)
                self.check_all_serve(self.env())
            self.run_it("down")
            self.gone()
        self.at_moments(self.WANTED, end)

    def test_kill_9_with_containers(self):
        wanted = "up --backend podman --tls --auth --nodes 2"

        def end(run: subprocess.Popen) -> None:
            run.kill()
            run.wait()
            self.run_it(wanted)
            self.check_all_serve(self.env())
            self.run_it("down")
            self.gone()
        self.at_moments(wanted, end)

    def test_down_ended_in_the_middle(self):
        for moment in (0.05, 0.1, 0.2, 0.4):
            self.run_it(self.WANTED)
            run = self.start("down")
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(moment)
            run.kill()
            run.communicate()
            self.run_it(self.WANTED)
            self.check_all_serve(self.env())
            self.run_it("down")
            self.gone()

    def test_the_folder_was_deleted(self):
        for wanted in (self.WANTED, "up --backend podman"):
            self.run_it(wanted)
            subprocess.run(["rm", "-rf", str(self.folder / "one")], check=True)
            self.run_it(wanted)
            self.check_all_serve(self.env())
            self.run_it("down")
            self.gone()
        for wanted in (self.WANTED, "up --backend podman"):
            self.run_it(wanted)
            subprocess.run(["rm", "-rf", str(self.folder / "one")], check=True)
            self.run_it("down")
            self.gone()

    def test_nobody_reads_what_is_said(self):
        read, write = os.pipe()
        run = subprocess.Popen(self.command(self.WANTED), env={**self.environment, "COCQL_FAKE_DEAF": "1"},
                               stdout=subprocess.DEVNULL, stderr=write)
        os.close(write)
        while not self.nodes_of("one"):
            time.sleep(0.01)
            self.assertTrue(select.select([read], [], [], PATIENCE)[0])
            os.read(read, 4096)
        os.close(read)
        run.send_signal(signal.SIGTERM)
        self.assertEqual(run.wait(PATIENCE), 130)
        self.gone()

    def test_a_node_that_dies_is_told_and_the_others_end(self):
        (self.folder / "bin" / "java").write_text(
            "#!/bin/sh\n[ \"$1\" = -version ] && echo 'version \"17\"' >&2 && exit\necho no such option; exit 3\n")
        said = self.run_it("up --backend cassandra --nodes 3", status=1)
        self.assertIn("its process is gone", said)
        self.assertIn("no such option", said)
        self.gone()


if __name__ == "__main__":
    unittest.main()
