#!/usr/bin/env python3
"""Unit tests of the cluster command; no server is started.

COCQL_UPDATE_GOLDEN=1 writes the golden files anew, to be read before they are committed.
"""

import io
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stderr
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import addresses  # noqa: E402
import cassandra_command  # noqa: E402
import cassandra_config  # noqa: E402
import certificate_authority  # noqa: E402
import container_command  # noqa: E402
import decision  # noqa: E402
import export  # noqa: E402
import external_cluster  # noqa: E402
import options as options_module  # noqa: E402
import ports  # noqa: E402
import processes  # noqa: E402
import scylla_config  # noqa: E402
import state  # noqa: E402
import topology  # noqa: E402
import versions  # noqa: E402
from errors import ClusterError  # noqa: E402
from external_cluster import External  # noqa: E402


def parse(text: str) -> options_module.Options:
    return options_module.parse(shlex.split(text))


def planned(text: str) -> list[topology.Node]:
    return topology.plan(placed(text))


def placed(text: str) -> options_module.Options:
    options = parse(text)
    return addresses.placed_at(options, options.first_address or "127.0.0.1", 0)


class Golden(unittest.TestCase):
    """Command lines and configuration, word for word."""

    maxDiff = None

    def hold(self, name: str, text: str) -> None:
        path = HERE / "golden" / name
        if os.environ.get("COCQL_UPDATE_GOLDEN"):
            path.write_text(text)
        self.assertEqual(path.read_text(), text)

    def commands(self, kind: str, arguments: str, image: str) -> str:
        options = placed(f"up --directory /state {arguments}")
        return "".join(shlex.join(container_command.run(kind, options, node, image, "jamm-0.4.0.jar")) + "\n"
                       for node in topology.plan(options))

    def test_container_command_lines(self):
        image = versions.read()["scylla_image"]
        for kind in ("docker", "podman"):
            self.hold(f"{kind}_scylla.txt", self.commands(kind, "--nodes 3 --tls --auth", image))
            self.hold(f"{kind}_cassandra.txt",
                      self.commands(kind, "--nodes 3 --tls --auth --server cassandra", versions.local_image()))

    def test_scylla_yaml(self):
        nodes = planned("up --tls --auth --nodes 3 --mtls-node --tls-version 1.3")
        self.hold("scylla_node2.yaml", scylla_config.yaml(nodes[1], True, "1.3"))
        self.hold("scylla_mtls.yaml", scylla_config.yaml(nodes[3], True, "1.2"))

    def test_cassandra_yaml(self):
        nodes = planned("up --tls --auth --nodes 3 --mtls-node")
        self.hold("cassandra_node2.yaml", cassandra_config.yaml(nodes[1], True, "both", "/state/node2"))
        self.hold("cassandra_mtls.yaml", cassandra_config.yaml(nodes[3], True, "1.2", "/state/mtls"))
        plain = planned("up")[0]
        self.hold("cassandra_plain.yaml", cassandra_config.yaml(plain, False, "both", "/state/node1"))

    def test_dry_run_prints_the_same_command_line(self):
        for kind in ("docker", "podman"):
            result = subprocess.run(
                [str(HERE / "cluster"), "up", "--dry-run", "--backend", kind, "--tls", "--auth", "--nodes", "3",
                 "--first-address", "127.0.0.1", "--directory", "/state"], capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, result.stderr)
            printed = [line for line in result.stdout.splitlines() if line.startswith(f"{kind} run ")]
            self.assertEqual("\n".join(printed) + "\n", (HERE / "golden" / f"{kind}_scylla.txt").read_text())


class Options(unittest.TestCase):
    def refused(self, text: str) -> str:
        output = io.StringIO()
        with self.assertRaises(SystemExit), redirect_stderr(output):
            parse(text)
        return output.getvalue()

    def test_defaults(self):
        options = parse("up")
        self.assertEqual(options.state_directory, options_module.PROJECT_ROOT / "build" / "cluster" / "default")
        self.assertEqual((options.first_address, options.plain_port, options.tls_port, options.nodes), (None, None, None, 1))

    def test_client_certificates_mean_tls(self):
        self.assertTrue(parse("up --client-auth").tls)
        self.assertTrue(parse("up --mtls-node").tls)

    def test_only_loopback(self):
        self.assertIn("127.0.0.0/8", self.refused("up --first-address 10.0.0.1"))
        self.assertIn("--first-address", self.refused("up --first-address 127.0.0"))

    def test_names_and_counts(self):
        self.refused("up --name ../x")
        self.refused("up --nodes 0")
        self.refused("up --nodes 10")
        for port in ("0", "65536", "x", "-1"):
            self.assertIn("1 to 65535", self.refused(f"up --plain-port={port}"))


class Topology(unittest.TestCase):
    def test_three_nodes_and_a_separate_one(self):
        nodes = planned("up --nodes 3 --mtls-node --name x")
        self.assertEqual([node.address for node in nodes], ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.11"])
        self.assertEqual([node.client_auth for node in nodes], [False, False, False, True])
        self.assertEqual([node.ring_size for node in nodes], [3, 3, 3, 1])
        self.assertEqual(nodes[3].seeds, ("127.0.0.11",))
        self.assertNotEqual(nodes[3].cluster, nodes[0].cluster)
        self.assertEqual(len(topology.main_ring(nodes)), 3)

    def test_tokens_are_even_and_in_range(self):
        tokens = [node.token for node in planned("up --nodes 4")]
        self.assertEqual(tokens, [-(2**63), -(2**62), 0, 2**62])

    def test_json_round_trip(self):
        for node in planned("up --nodes 2 --tls"):
            self.assertEqual(topology.Node.from_json(node.to_json()), node)

    def test_only_the_first_node_hurries(self):
        first, second = planned("up --nodes 2")
        delay = lambda node: [a for a in cassandra_command.arguments(node, "j", "a", "c", "s", "1G") if "ring_delay" in a]
        self.assertEqual(delay(first), ["-Dcassandra.ring_delay_ms=1"])
        self.assertEqual(delay(second), ["-Dcassandra.ring_delay_ms=60000"])


class ExternalCluster(unittest.TestCase):
    def test_uri_forms(self):
        for uri, expected in {
            "127.0.0.1:9042": ("127.0.0.1", 9042), "db.example": ("db.example", 9042), "db.example:19042":
            ("db.example", 19042), "[::1]:9043": ("::1", 9043), "[::1]": ("::1", 9042), "fe80::1": ("fe80::1", 9042),
            " 10.1.2.3 ": ("10.1.2.3", 9042),
        }.items():
            self.assertEqual(external_cluster.parse_uri(uri, "SCYLLA_URI"), expected)

    def test_bad_uris(self):
        for uri in ("host:", "host:x", "host:0", "host:70000", "[::1", "[::1]9042", ":9042", "host:+1"):
            with self.assertRaises(ClusterError, msg=uri):
                external_cluster.parse_uri(uri, "SCYLLA_URI")

    def test_scylla_uris_join(self):
        found = external_cluster.find({"SCYLLA_URI": "a:1", "SCYLLA_URI2": "b:1", "SCYLLA_URI3": "a:1"})
        self.assertEqual((found.contact_points, found.port, found.source), (("a", "b"), 1, "SCYLLA_URI"))

    def test_scylla_uris_with_two_ports(self):
        with self.assertRaisesRegex(ClusterError, "different ports"):
            external_cluster.find({"SCYLLA_URI": "a:1", "SCYLLA_URI2": "b:2"})

    def test_cocql_variables_come_first(self):
        found = external_cluster.find({"COCQL_CONTACT_POINTS": "x, y", "COCQL_PORT": "7", "SCYLLA_URI": "a:1",
                                       "COCQL_TLS_PORT": "9", "COCQL_USERNAME": ""})
        self.assertEqual((found.contact_points, found.port), (("x", "y"), 7))
        self.assertEqual(found.passed_on, {"COCQL_TLS_PORT": "9"})

    def test_our_own_env_is_not_somebody_elses_cluster(self):
        self.assertIsNone(external_cluster.find({"COCQL_CONTACT_POINTS": "127.0.0.1", "COCQL_BACKEND": "podman"}))

    def test_nothing(self):
        self.assertIsNone(external_cluster.find({}))


class Decision(unittest.TestCase):
    def probes(self, external=None, engines=(), images=(), java=True) -> decision.Probes:
        return decision.Probes(
            external=lambda: external,
            engine_problem=lambda kind: None if kind in engines else f"{kind} is not installed",
            image_problem=lambda kind: None if kind in images else "the image cannot be pulled",
            java_problem=lambda: None if java else "no Java 11 or 17")

    def test_order(self):
        everything = {"engines": ("docker", "podman"), "images": ("docker", "podman")}
        external = External(("h",), 9042, "SCYLLA_URI")
        cases = [
            (self.probes(external, **everything), "env"),
            (self.probes(**everything), "docker"),
            (self.probes(engines=("podman",), images=("podman",)), "podman"),
            (self.probes(engines=("docker", "podman"), images=("podman",)), "podman"),
            (self.probes(engines=("docker",)), "cassandra"),
            (self.probes(), "cassandra"),
        ]
        for probes, expected in cases:
            chosen = decision.decide(parse("up"), probes)
            self.assertEqual(chosen.backend, expected, chosen.reasons)

    def test_a_cluster_that_is_not_what_is_asked_for_is_passed_over(self):
        login = {"COCQL_USERNAME": "u", "COCQL_PASSWORD": "p"}
        tls = {"COCQL_TLS_PORT": "9", "COCQL_CA": "/ca"}
        for wanted, passed_on, expected in (
            ("up", {}, "env"), ("up --tls", {}, "cassandra"), ("up --tls", tls, "env"), ("up --auth", tls, "cassandra"),
            ("up --auth", login, "env"), ("up --tls --auth", {**login, **tls}, "env"),
            ("up --tls --auth --mtls-node", {**login, **tls}, "cassandra"),
        ):
            chosen = decision.decide(parse(wanted), self.probes(External(("h",), 9042, "SCYLLA_URI", passed_on)))
            self.assertEqual(chosen.backend, expected, (wanted, passed_on))
        self.assertIn("SCYLLA_URI names a cluster, but there is no COCQL_MTLS", "\n".join(chosen.reasons))

    def test_every_step_has_a_reason(self):
        chosen = decision.decide(parse("up"), self.probes(engines=("podman",)))
        text = "\n".join(chosen.reasons)
        for part in ("names no cluster", "docker is not installed", "cannot be pulled", "a Java"):
            self.assertIn(part, text)

    def test_nothing_at_all_lists_every_reason(self):
        with self.assertRaisesRegex(ClusterError, "(?s)docker.*podman.*no Java"):
            decision.decide(parse("up"), self.probes(java=False))

    def test_asked_for_and_not_there(self):
        for backend in ("env", "docker", "podman", "cassandra"):
            with self.assertRaisesRegex(ClusterError, f"--backend {backend}"):
                decision.decide(parse(f"up --backend {backend}"), self.probes(java=False))


class Export(unittest.TestCase):
    def test_lines_evaluate_in_a_shell(self):
        with tempfile.TemporaryDirectory(prefix="with space ") as directory:
            options = placed(f"up --nodes 2 --tls --auth --mtls-node --directory {shlex.quote(directory)}")
            options.certificate_directory.mkdir(parents=True)
            (options.certificate_directory / "client_encrypted.password").write_text("it's $HOME\n")
            running = state.State("cassandra", state.settings_of(options), topology.plan(options), ready=True)
            lines = export.lines(export.of_state(running, options))
            self.assertTrue(all(line.startswith("export COCQL_") for line in lines), lines)
            shell = "\n".join(lines) + "\nenv -0"
            output = subprocess.run(["sh", "-c", shell], env={"PATH": os.environ["PATH"]}, capture_output=True,
                                    text=True, check=True).stdout
            values = dict(pair.split("=", 1) for pair in output.split("\0") if pair)
            folder = str(options.certificate_directory)
            expected = {
                "COCQL_BACKEND": "cassandra", "COCQL_CONTACT_POINTS": "127.0.0.1,127.0.0.2", "COCQL_PORT": "9042",
                "COCQL_TLS_PORT": "9142", "COCQL_MTLS_CONTACT_POINTS": "127.0.0.11", "COCQL_MTLS_PORT": "9142",
                "COCQL_USERNAME": "cassandra", "COCQL_PASSWORD": "cassandra", "COCQL_CERTIFICATES": folder,
                "COCQL_CA": f"{folder}/ca.pem", "COCQL_CLIENT_CERT": f"{folder}/client.pem",
                "COCQL_CLIENT_KEY": f"{folder}/client.key", "COCQL_CLIENT_KEY_PASSWORD": "it's $HOME",
                "COCQL_CLIENT_KEY_ENCRYPTED": f"{folder}/client_encrypted.key"}
            self.assertEqual({key: value for key, value in values.items() if key.startswith("COCQL_")}, expected)

    def test_what_does_not_hold_is_unset(self):
        options = placed("up")
        lines = export.lines(export.of_state(
            state.State("docker", state.settings_of(options), topology.plan(options), ready=True), options))
        self.assertTrue(lines[0].startswith("unset "))
        self.assertIn("COCQL_TLS_PORT", lines[0].split())
        self.assertEqual(lines[1:], ["export COCQL_BACKEND=docker", "export COCQL_CONTACT_POINTS=127.0.0.1",
                                     "export COCQL_PORT=9042"])

    def test_env_hands_on_a_named_cluster(self):
        with tempfile.TemporaryDirectory() as directory:
            environ = {"PATH": os.environ["PATH"], "SCYLLA_URI": "10.0.0.9:19042", "COCQL_CA": "/some/ca"}
            result = subprocess.run([str(HERE / "cluster"), "env", "--directory", directory], env=environ,
                                    capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(result.stdout.splitlines()[1:], [
                "export COCQL_BACKEND=env", "export COCQL_CONTACT_POINTS=10.0.0.9", "export COCQL_PORT=19042",
                "export COCQL_CA=/some/ca"])
            result = subprocess.run([str(HERE / "cluster"), "down", "--directory", directory], env=environ,
                                    capture_output=True, text=True)
            self.assertEqual(result.returncode, 0)
            self.assertIn("not ours", result.stderr)

    def test_env_without_a_cluster_fails(self):
        with tempfile.TemporaryDirectory() as directory:
            result = subprocess.run([str(HERE / "cluster"), "env", "--directory", directory],
                                    env={"PATH": os.environ["PATH"]}, capture_output=True, text=True)
            self.assertEqual((result.returncode, result.stdout), (1, ""))


class Safety(unittest.TestCase):
    def test_a_process_is_ours_only_by_its_command_line(self):
        with tempfile.TemporaryDirectory() as directory:
            pid = processes.start(["sleep", "60.25"], Path(directory), Path(directory) / "log")
            self.assertFalse(processes.is_ours(pid, "60"))
            processes.end({pid: "something else"}, grace=0.2)
            self.assertTrue(processes.is_ours(pid, "60.25"))
            processes.end({pid: "60.25"})
            self.assertFalse(processes.is_ours(pid, "60.25"))

    def test_a_taken_port_is_named(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen(1)
            port = taken.getsockname()[1]
            node = planned(f"up --plain-port {port}")[0]
            self.assertIn(f"127.0.0.1:{port}", ports.taken([node]))

    def test_a_folder_that_is_not_ours_stays(self):
        with tempfile.TemporaryDirectory() as directory:
            options = parse(f"up --directory {directory}")
            options.state_directory.mkdir()
            (options.state_directory / "precious").touch()
            state.remove(options)
            self.assertTrue((options.state_directory / "precious").exists())
            with self.assertRaisesRegex(ClusterError, "not a cluster's folder"):
                state.create(options)

    def test_one_at_a_time(self):
        with tempfile.TemporaryDirectory() as directory:
            options = parse(f"up --directory {directory}")
            with state.lock(options), self.assertRaisesRegex(ClusterError, "at work"):
                with state.lock(options):
                    pass


class Interruption(unittest.TestCase):
    def test_a_command_that_is_interrupted_writes_nothing_any_more(self):
        def interrupt(*_):
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGALRM, interrupt)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with self.assertRaises(KeyboardInterrupt):
                processes.run(["sleep", "60"])
        finally:
            signal.signal(signal.SIGALRM, before)
        with self.assertRaises(ChildProcessError):  # there is none, dead or alive
            os.waitpid(-1, os.WNOHANG)


class Certificates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls._directory = tempfile.TemporaryDirectory()
        cls.folder = Path(cls._directory.name)
        certificate_authority.make(cls.folder, ("127.0.0.44",))

    @classmethod
    def tearDownClass(cls):
        cls._directory.cleanup()

    def verify(self, name: str, *arguments: str) -> str:
        """'' if openssl accepts the certificate, else its complaint."""
        result = subprocess.run(
            ["openssl", "verify", "-CAfile", "ca.pem", "-purpose", "sslserver", *arguments, f"{name}.pem"],
            cwd=self.folder, capture_output=True, text=True)
        return "" if result.returncode == 0 else result.stdout + result.stderr

    def test_node_names(self):
        for address in ("127.0.0.1", "127.0.0.9", "127.0.0.11", "127.0.0.44", "::1"):
            self.assertEqual(self.verify("node", "-verify_ip", address), "")
        for name in ("localhost", "node.cocql.test"):
            self.assertEqual(self.verify("node", "-verify_hostname", name), "")
        self.assertIn("error 64", self.verify("node", "-verify_ip", "127.0.0.10"))
        self.assertIn("error 62", self.verify("node", "-verify_hostname", "other.example"))

    def test_each_bad_certificate_is_bad_in_one_way(self):
        for name, code in {"expired": 10, "not_yet_valid": 9, "wrong_usage": 26, "self_signed": 18,
                           "wrong_ca_node": 20, "node_intermediate": 20}.items():
            self.assertIn(f"error {code} ", self.verify(name, "-verify_ip", "127.0.0.1"), name)
        for name in ("cn_only", "dns_typed_ip", "wildcard", "wrong_name", "name_only"):
            self.assertEqual(self.verify(name), "", name)
            self.assertIn("error 64", self.verify(name, "-verify_ip", "127.0.0.1"), name)

    def test_names_of_the_odd_ones(self):
        self.assertEqual(self.verify("wildcard", "-verify_hostname", "node.cocql.test"), "")
        self.assertIn("error 62", self.verify("wildcard", "-verify_hostname", "a.b.cocql.test"))
        self.assertEqual(self.verify("wrong_name", "-verify_hostname", "other.example"), "")
        self.assertEqual(self.verify("name_only", "-verify_hostname", "localhost"), "")

    def test_chain(self):
        self.assertEqual(self.verify("node_chain", "-untrusted", "node_chain.pem", "-verify_ip", "127.0.0.1"), "")

    def test_clients(self):
        purpose = ("-purpose", "sslclient")
        self.assertEqual(self.verify("client", *purpose), "")
        self.assertIn("error 20", self.verify("wrong_ca_client", *purpose))

    def public_key(self, *arguments: str) -> str:
        return certificate_authority.openssl(list(arguments), cwd=self.folder)

    def test_every_key_fits_its_certificate(self):
        names = [path.stem for path in self.folder.glob("*.key") if path.stem != "client_encrypted"]
        self.assertGreater(len(names), 15)
        for name in names:
            self.assertEqual(self.public_key("pkey", "-in", f"{name}.key", "-pubout"),
                             self.public_key("x509", "-in", f"{name}.pem", "-noout", "-pubkey"), name)

    def test_encrypted_key(self):
        self.assertIn("ENCRYPTED", (self.folder / "client_encrypted.key").read_text())
        self.assertEqual(
            self.public_key("pkey", "-in", "client_encrypted.key", "-passin", "file:client_encrypted.password",
                            "-pubout"),
            self.public_key("pkey", "-in", "client.key", "-pubout"))

    def test_secrets_are_for_the_owner_only(self):
        for path in [*self.folder.glob("*.key"), self.folder / "client_encrypted.password"]:
            self.assertEqual(path.stat().st_mode & 0o077, 0, path.name)

    def test_nothing_else_is_left(self):
        self.assertEqual([path.name for path in self.folder.iterdir() if path.name.startswith(".")], [])


if __name__ == "__main__":
    unittest.main()
