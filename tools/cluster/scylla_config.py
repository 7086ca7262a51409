"""ScyllaDB's scylla.yaml for one node. Pure text, so that tests can hold it."""

from options import PLAIN_PORT
from topology import Node

PATIENCE_IN_MS = 60000
TIMEOUTS = ("read_request_timeout", "range_request_timeout", "write_request_timeout", "counter_write_request_timeout",
            "cas_contention_timeout", "truncate_request_timeout", "request_timeout")
CONFIG_DIRECTORY = "/etc/cocql"  # where the container sees the node's folder
PRIORITIES = {
    "1.2": "SECURE128:-VERS-TLS-ALL:+VERS-TLS1.2",
    "1.3": "SECURE128:-VERS-TLS-ALL:+VERS-TLS1.3",
    "both": "SECURE128:-VERS-TLS-ALL:+VERS-TLS1.3:+VERS-TLS1.2",
}
# "cassandra" by openssl passwd -6. New releases make no superuser of their own: without these two settings there is
# nobody to log in as; older ones read them the same way.
SALTED_PASSWORD = ("$6$cocql$Ff/ai5jkhDzDMHxzWlOLCrT8mIQGbo.GCoCmdPFmftnWp7IENTqtvllGjdlt.ljd9UXcLzc.ENrQEotCduoBU1")


def shard_port(port: int) -> int:
    """9042 → 19042, 9142 → 19142: ScyllaDB's own habit."""
    return port + 10000


def api_port(node: Node) -> int:
    return 10000 + node.plain_port - PLAIN_PORT


def metrics_port(node: Node) -> int:
    return 9180 + node.plain_port - PLAIN_PORT


def other_ports(node: Node) -> list[int]:
    """What ScyllaDB opens besides the ports of every server: shard-aware ones, its API, its metrics."""
    plain = [shard_port(node.plain_port), api_port(node), metrics_port(node)]
    return plain + ([shard_port(node.tls_port)] if node.tls_port else [])


# The image's own has a control port at 127.0.0.1:9001, where the supervisor of a second container on the host's network
# would end at once, and starts an exporter of metrics on a port of all addresses. And its container outlives the server:
# nobody would notice a server that cannot start.
SUPERVISOR = """[supervisord]
nodaemon=true
logfile=/dev/stdout
logfile_maxbytes=0
pidfile=/var/tmp/supervisord.pid

[include]
files=/etc/supervisord.conf.d/scylla-server.conf

[eventlistener:end_with_the_server]
command=/bin/sh -c 'echo READY; read event; kill -TERM "$PPID"'
events=PROCESS_STATE_EXITED,PROCESS_STATE_FATAL
"""


def yaml(node: Node, auth: bool, tls_version: str) -> str:
    lines = [
        f"cluster_name: {node.cluster}",
        "num_tokens: 16",
        "endpoint_snitch: SimpleSnitch",
        "commitlog_sync: periodic",
        "commitlog_sync_period_in_ms: 10000",
        # Half a segment bounds a mutation; tests insert values of 10,000,000 characters.
        "commitlog_segment_size_in_mb: 32",
        # Nobody measures these servers: on a machine that is busy with something else all takes its time.
        *[f"{name}_in_ms: {PATIENCE_IN_MS}" for name in TIMEOUTS],
        f"listen_address: {node.address}",
        f"rpc_address: {node.address}",
        # All nodes share the host's network, so every port needs the node's own address.
        f"api_address: {node.address}",
        f"api_port: {api_port(node)}",
        f"prometheus_address: {node.address}",
        f"prometheus_port: {metrics_port(node)}",
        f"storage_port: {node.storage_port}",
        f"native_transport_port: {node.plain_port}",
        f"native_shard_aware_transport_port: {shard_port(node.plain_port)}",
        "seed_provider:",
        "  - class_name: org.apache.cassandra.locator.SimpleSeedProvider",
        "    parameters:",
        f'      - seeds: "{",".join(node.seeds)}"',
    ]
    if auth:
        lines += [
            "authenticator: PasswordAuthenticator",
            "authorizer: CassandraAuthorizer",
            "auth_superuser_name: cassandra",
            f"auth_superuser_salted_password: '{SALTED_PASSWORD}'",
        ]
    if node.tls_port:
        # Without the *_port_ssl settings the plain port itself would turn into a TLS port.
        lines += [
            f"native_transport_port_ssl: {node.tls_port}",
            f"native_shard_aware_transport_port_ssl: {shard_port(node.tls_port)}",
            "client_encryption_options:",
            "  enabled: true",
            f"  certificate: {CONFIG_DIRECTORY}/node.pem",
            f"  keyfile: {CONFIG_DIRECTORY}/node.key",
            f"  truststore: {CONFIG_DIRECTORY}/ca.pem",
            f"  require_client_auth: {'true' if node.client_auth else 'false'}",
            f"  priority_string: \"{PRIORITIES[tls_version]}\"",
        ]
    return "\n".join(lines) + "\n"
