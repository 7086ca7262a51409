"""A cluster that somebody else runs and that the environment names."""

import os
from dataclasses import dataclass, field

from errors import ClusterError
from options import Options

DEFAULT_PORT = 9042
# Handed on untouched when the environment has them.
PASSED_ON = ("COCQL_TLS_PORT", "COCQL_USERNAME", "COCQL_PASSWORD", "COCQL_CA", "COCQL_CLIENT_CERT", "COCQL_CLIENT_KEY",
             "COCQL_CLIENT_KEY_ENCRYPTED", "COCQL_CLIENT_KEY_PASSWORD", "COCQL_CERTIFICATES", "COCQL_MTLS_PORT",
             "COCQL_MTLS_CONTACT_POINTS")


@dataclass(frozen=True)
class External:
    contact_points: tuple[str, ...]
    port: int
    source: str
    passed_on: dict[str, str] = field(default_factory=dict)

    def lacking(self, options: Options) -> list[str]:
        """The variables without which it is not the cluster that is asked for."""
        wanted = []
        if options.tls:
            wanted += ["COCQL_TLS_PORT", "COCQL_CA"]
        if options.auth:
            wanted += ["COCQL_USERNAME", "COCQL_PASSWORD"]
        if options.mtls_node or options.client_auth:
            wanted += ["COCQL_MTLS_CONTACT_POINTS", "COCQL_MTLS_PORT", "COCQL_CLIENT_CERT", "COCQL_CLIENT_KEY"]
        return [name for name in wanted if name not in self.passed_on]


def _port(text: str, where: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ClusterError(f"{where}: '{text}' is not a port")
    return int(text)


def parse_uri(uri: str, where: str) -> tuple[str, int]:
    """host, host:port, [v6]:port or a bare v6 address, as the Rust driver's tests take them."""
    uri = uri.strip()
    if uri.startswith("["):
        host, separator, rest = uri[1:].partition("]")
        if not separator or (rest and not rest.startswith(":")):
            raise ClusterError(f"{where}: '{uri}' is not host:port")
        return host, _port(rest[1:], where) if rest else DEFAULT_PORT
    if uri.count(":") > 1:
        return uri, DEFAULT_PORT
    host, separator, port = uri.partition(":")
    if not host:
        raise ClusterError(f"{where} names no host")
    return host, _port(port, where) if separator else DEFAULT_PORT


def find(environ=os.environ) -> External | None:
    passed_on = {key: environ[key] for key in PASSED_ON if environ.get(key)}
    backend = environ.get("COCQL_BACKEND", "env")
    if environ.get("COCQL_CONTACT_POINTS"):
        if backend != "env":
            # Our own "env" was evaluated in this shell: that names a cluster we started, not somebody else's.
            return None
        points = tuple(point.strip() for point in environ["COCQL_CONTACT_POINTS"].split(",") if point.strip())
        if not points:
            raise ClusterError("COCQL_CONTACT_POINTS names no host")
        port = _port(environ.get("COCQL_PORT") or str(DEFAULT_PORT), "COCQL_PORT")
        return External(points, port, "COCQL_CONTACT_POINTS", passed_on)
    names = [name for name in ("SCYLLA_URI", "SCYLLA_URI2", "SCYLLA_URI3") if environ.get(name)]
    if not names:
        return None
    places = [parse_uri(environ[name], name) for name in names]
    ports = {port for _, port in places}
    if len(ports) > 1:
        raise ClusterError(f"{', '.join(names)} name different ports ({sorted(ports)}); a cluster has one")
    hosts = tuple(dict.fromkeys(host for host, _ in places))
    return External(hosts, ports.pop(), names[0], passed_on)
