"""Makes a fresh set of test certificates with the openssl command.

Fresh every time: nothing secret is ever stored in the tree, and no test dies of an old expiry date.
"""

import secrets
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import processes
from errors import ClusterError

LOOPBACK = tuple(f"127.0.0.{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11))
NODE_NAMES = ("DNS:localhost", "DNS:node.cocql.test", "IP:::1")
# Wide on both sides: machines in a test farm do not agree on the time.
VALID = ("-1d", "+30d")


@dataclass(frozen=True)
class Issuer:
    certificate: Path
    key: Path


def openssl(arguments: list[str], **kwargs) -> str:
    result = processes.run(["openssl", *arguments], **kwargs)
    if result.returncode != 0:
        raise ClusterError(f"openssl {arguments[0]} failed: {result.stderr.strip()}")
    return result.stdout


class Authority:
    """Writes keys and certificates into one folder."""

    def __init__(self, directory: Path):
        self.directory = directory

    def key(self, name: str) -> Path:
        # P-256: a key costs milliseconds, which keeps the whole set below a second or two.
        path = self.directory / f"{name}.key"
        openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(path)])
        path.chmod(0o600)
        return path

    def issue(self, name: str, subject: str, extensions: list[str], issuer: Issuer | None = None,
              validity: tuple[str, str] = VALID) -> Issuer:
        """name.key and name.pem; self-signed without an issuer."""
        key = self.key(name)
        certificate = self.directory / f"{name}.pem"
        with tempfile.TemporaryDirectory(dir=self.directory, prefix=".openssl-") as temporary:
            work = Path(temporary)
            request = work / "request.pem"
            openssl(["req", "-new", "-key", str(key), "-subj", subject, "-out", str(request)])
            extension_file = work / "extensions"
            extension_file.write_text("\n".join(extensions) + "\n")
            (work / "index").touch()
            (work / "ca.conf").write_text(_CA_CONF.format(work=work))
            signer = (["-selfsign", "-keyfile", str(key)] if issuer is None
                      else ["-cert", str(issuer.certificate), "-keyfile", str(issuer.key)])
            # "openssl ca", because in OpenSSL 3.0 it alone can set both dates.
            openssl(["ca", "-batch", "-notext", "-config", str(work / "ca.conf"), *signer,
                     "-startdate", _date(validity[0]), "-enddate", _date(validity[1]),
                     "-extfile", str(extension_file), "-in", str(request), "-out", str(certificate)])
        return Issuer(certificate, key)


_CA_CONF = """[ca]
default_ca = test
[test]
database = {work}/index
new_certs_dir = {work}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
"""


def _date(offset: str) -> str:
    """'+30d' from now as openssl's YYYYMMDDHHMMSSZ."""
    moment = datetime.now(timezone.utc) + timedelta(days=int(offset.rstrip("d")))
    return moment.strftime("%Y%m%d%H%M%SZ")


_ROOT = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash"]


def _leaf(usage: str, *names: str) -> list[str]:
    lines = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", f"extendedKeyUsage={usage}"]
    return lines + ([f"subjectAltName={','.join(names)}"] if names else [])


def _server(*names: str) -> list[str]:
    return _leaf("serverAuth,clientAuth", *names)


def make(directory: Path, more_addresses: tuple[str, ...] = ()) -> None:
    """The whole set; README.md says what each file is for."""
    directory.mkdir(parents=True, exist_ok=True)
    addresses = list(LOOPBACK) + [address for address in more_addresses if address not in LOOPBACK]
    names = [*NODE_NAMES, *[f"IP:{address}" for address in addresses]]
    make_one = Authority(directory).issue

    ca = make_one("ca", "/CN=cocql test CA", _ROOT)
    make_one("node", "/CN=cocql test node", _server(*names), ca)
    client = make_one("client", "/CN=cocql test client", _leaf("clientAuth"), ca)
    _encrypt(directory, client.key)

    wrong_ca = make_one("wrong_ca", "/CN=cocql wrong CA", _ROOT)
    make_one("wrong_ca_node", "/CN=cocql test node", _server(*names), wrong_ca)
    make_one("wrong_ca_client", "/CN=cocql test client", _leaf("clientAuth"), wrong_ca)

    make_one("wrong_name", "/CN=other.example", _server("DNS:other.example"), ca)
    make_one("name_only", "/CN=cocql name only", _server("DNS:localhost"), ca)
    make_one("expired", "/CN=cocql expired", _server(*names), ca, ("-20d", "-10d"))
    make_one("not_yet_valid", "/CN=cocql not yet valid", _server(*names), ca, ("+10d", "+20d"))
    make_one("cn_only", "/CN=127.0.0.1", _server(), ca)
    make_one("dns_typed_ip", "/CN=cocql DNS typed IP", _server("DNS:127.0.0.1"), ca)
    make_one("wildcard", "/CN=cocql wildcard", _server("DNS:*.cocql.test"), ca)
    make_one("wrong_usage", "/CN=cocql wrong usage", _leaf("clientAuth", *names), ca)
    make_one("server_only", "/CN=cocql server only", _leaf("serverAuth", *names), ca)
    make_one("self_signed", "/CN=cocql self signed", _server(*names))

    intermediate = make_one("intermediate", "/CN=cocql test intermediate",
                            ["basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign,cRLSign"],
                            ca)
    below = make_one("node_intermediate", "/CN=cocql test node", _server(*names), intermediate)
    (directory / "node_chain.pem").write_text(below.certificate.read_text() + intermediate.certificate.read_text())

    late = make_one("expired_intermediate", "/CN=cocql expired intermediate", _ROOT, ca, ("-20d", "-10d"))
    make_one("node_expired_intermediate", "/CN=cocql test node", _server(*names), late)
    not_one = make_one("no_authority", "/CN=cocql no authority", _server(), ca)
    make_one("node_no_authority", "/CN=cocql test node", _server(*names), not_one)


def _encrypt(directory: Path, key: Path) -> None:
    # The password goes through files only: an argument would show it in the process list.
    password = directory / "client_encrypted.password"
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(12) + "\n")
    target = directory / "client_encrypted.key"
    openssl(["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", str(key), "-passout", f"file:{password}",
             "-out", str(target)])
    target.chmod(0o600)
