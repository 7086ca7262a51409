#!/usr/bin/env python3
"""Nodes that demand a certificate of us, and cocqlsh: client_certificate_test.py PROGRAM"""

import os
import ssl
import tempfile
import unittest

from node import Node, tls_of
from running import Terminal, shell, text_of

CERTIFICATES = os.environ["COCQL_TEST_CERTIFICATES"]
VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}


class Demanding:
    """What holds for a scripted node and for a real one; `where` and `certificates` say which."""

    def run_shell(self, *arguments, text="SHOW VERSION", ca=True):
        return shell(*self.where, *(["--tls-ca", f"{self.certificates}/ca.pem"] if ca else []), *arguments, text=text)

    def file(self, name):
        return f"{self.certificates}/{name}"

    def check_in(self, ran):
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertRegex(ran.stdout, self.shown_version)
        self.assertEqual(ran.stderr, "")

    def check_refused(self, ran, *words):
        self.assertEqual(ran.returncode, 1, ran.stdout + ran.stderr)
        for word in words:
            self.assertRegex(ran.stderr, word)

    def test_certificate_and_key(self):
        self.check_in(self.run_shell("--tls-cert", self.file("client.pem"), "--tls-key", self.file("client.key")))

    def test_encrypted_key(self):
        self.check_in(self.run_shell("--tls-cert", self.file("client.pem"), "--tls-key", self.file("client_encrypted.key"),
                                     "--tls-key-password", text_of(self.file("client_encrypted.password")).strip()))

    def test_cqlshrc(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(f"[connection]\nssl = true\n[ssl]\ncertfile = {self.file('ca.pem')}\n"
                       f"usercert = {self.file('client.pem')}\nuserkey = {self.file('client.key')}\n")
            file.flush()
            self.check_in(self.run_shell("--cqlshrc", file.name, ca=False))

    def test_none(self):
        ran = self.run_shell()
        self.check_refused(ran, "phase: ", "the server asked for a client certificate and none was sent",
                           "try:   give a client certificate with --tls-cert and --tls-key")

    def test_one_that_the_node_does_not_trust(self):
        ran = self.run_shell("--tls-cert", self.file("wrong_ca_client.pem"), "--tls-key", self.file("wrong_ca_client.key"))
        self.check_refused(ran, "phase: ", "cause: .*the client certificate that was sent .*CN=cocql wrong CA",
                           r"try:   .*client certificate.* \(--tls-cert, --tls-key\)")

    def test_wrong_password_is_found_before_anything_is_sent(self):
        ran = self.run_shell("--tls-cert", self.file("client.pem"), "--tls-key", self.file("client_encrypted.key"),
                             "--tls-key-password", "hunter2")
        self.check_refused(ran, r"client_encrypted\.key", r"check the key's password \(--tls-key-password\)")
        self.assertNotIn("phase:", ran.stderr)
        self.assertNotIn("hunter2", ran.stderr)

    def test_no_password_for_an_encrypted_key(self):
        ran = self.run_shell("--tls-cert", self.file("client.pem"), "--tls-key", self.file("client_encrypted.key"))
        self.check_refused(ran, "it is encrypted and no password was given", "--tls-key-password")

    def test_half_of_a_pair(self):
        for half in (["--tls-cert", self.file("client.pem")], ["--tls-key", self.file("client.key")]):
            self.check_refused(self.run_shell(*half), "cause: a client", "try:   give both --tls-cert and --tls-key")

    def test_key_of_another(self):
        ran = self.run_shell("--tls-cert", self.file("client.pem"), "--tls-key", self.file("node.key"))
        self.check_refused(ran, "does not belong to the certificate")

    def test_at_the_prompt(self):
        terminal = Terminal(*self.where, "--tls-ca", self.file("ca.pem"), "--tls-cert", self.file("client.pem"),
                            "--tls-key", self.file("client.key"))
        self.addCleanup(os.close, terminal.master)
        terminal.read_until(r"cocqlsh> ")
        terminal.run("SHOW VERSION", self.shown_version)
        self.assertEqual(terminal.end(), 0)


class Tls13(Demanding, unittest.TestCase):
    version = "TLSv1.3"
    certificates = CERTIFICATES

    def setUp(self):
        self.node = Node(tls_of(CERTIFICATES, version=VERSIONS[self.version], client_auth=True))
        self.node.start()
        self.addCleanup(self.node.stop)
        self.where = ["127.0.0.1", str(self.node.port)]
        self.shown_version = self.version

    def test_one_that_the_node_does_not_trust(self):
        ran = self.run_shell("--tls-cert", self.file("wrong_ca_client.pem"), "--tls-key", self.file("wrong_ca_client.key"))
        self.check_refused(ran, "TLS alert 48, unknown CA", "cause: the server refused the client certificate that was sent "
                           r"\(CN=cocql test client, issued by CN=cocql wrong CA\)",
                           "try:   check that the server trusts the authority of the client certificate.*--tls-cert")


class Tls12(Tls13):
    version = "TLSv1.2"


@unittest.skipUnless(os.environ.get("COCQL_MTLS_CONTACT_POINTS"), "no node that demands client certificates")
class Live(Demanding, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.certificates = os.environ["COCQL_CERTIFICATES"]
        cls.where = [os.environ["COCQL_MTLS_CONTACT_POINTS"].split(",")[0], os.environ["COCQL_MTLS_PORT"],
                     "-u", os.environ["COCQL_USERNAME"], "-p", os.environ["COCQL_PASSWORD"], "--insecure-password-without-warning"]
        cls.shown_version = r"Native protocol v[45] \| TLSv1\.[23]"

    def test_none_under_each_version(self):
        for version in VERSIONS:
            with self.subTest(version), tempfile.NamedTemporaryFile("w") as configuration:
                configuration.write("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n"
                                    f"MinProtocol = {version}\nMaxProtocol = {version}\n")
                configuration.flush()
                ran = shell(*self.where, "--tls-ca", self.file("ca.pem"), text="SELECT one;",
                            environment={"OPENSSL_CONF": configuration.name})
                self.check_refused(ran, "the server asked for a client certificate and none was sent",
                                   "phase: tls_handshake" if version == "TLSv1.2" else "phase: options",
                                   "try:   give a client certificate with --tls-cert and --tls-key")


if __name__ == "__main__":
    unittest.main(verbosity=1)
