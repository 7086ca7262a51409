"""Cassandra's cassandra.yaml and logback.xml for one node. Pure text, so that tests can hold it."""

from topology import Node

PROTOCOLS = {"1.2": ["TLSv1.2"], "1.3": ["TLSv1.3"], "both": ["TLSv1.2", "TLSv1.3"]}

PATIENCE = "60s"
TIMEOUTS = ("read_request_timeout", "range_request_timeout", "write_request_timeout", "counter_write_request_timeout",
            "cas_contention_timeout", "truncate_request_timeout", "request_timeout")

LOGBACK = """<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level %d{HH:mm:ss.SSS} %logger{20} %msg%n</pattern></encoder>
  </appender>
  <!-- Hundreds of lines for every schema change, and nothing that a failing test needs. -->
  <logger name="org.apache.cassandra.db.memtable.Flushing" level="WARN"/>
  <logger name="org.apache.cassandra.db.ColumnFamilyStore" level="WARN"/>
  <logger name="org.apache.cassandra.db.lifecycle.LogTransaction" level="WARN"/>
  <root level="INFO"><appender-ref ref="OUT"/></root>
</configuration>
"""


def _tls(node: Node, tls_version: str, config_directory: str) -> list[str]:
    """TLS on a port of its own.

    Cassandra 5.0 calls native_transport_port_ssl deprecated in favour of one port with "optional: true", which
    accepts both kinds. Both work; two ports are kept because "optional" would hide a client that forgets to encrypt,
    and because ScyllaDB has two ports as well, so that the same tests fit both.
    """
    demanded = "true" if node.client_auth else "false"
    return [
        f"native_transport_port_ssl: {node.tls_port}",
        "client_encryption_options:",
        "  enabled: true",
        "  optional: false",
        "  ssl_context_factory:",
        "    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory",
        f"  keystore: {config_directory}/keystore.pem",
        f"  truststore: {config_directory}/ca.pem",
        f"  require_client_auth: {demanded}",
        f"  accepted_protocols: [{', '.join(PROTOCOLS[tls_version])}]",
    ]


def yaml(node: Node, auth: bool, tls_version: str, config_directory: str) -> str:
    seeds = ",".join(f"{seed}:{node.storage_port}" for seed in node.seeds)
    lines = [
        f"cluster_name: {node.cluster}",
        "num_tokens: 1",
        f"initial_token: {node.token}",
        "auto_bootstrap: false",
        "partitioner: org.apache.cassandra.dht.Murmur3Partitioner",
        "endpoint_snitch: SimpleSnitch",
        "seed_provider:",
        "  - class_name: org.apache.cassandra.locator.SimpleSeedProvider",
        "    parameters:",
        f'      - seeds: "{seeds}"',
        f"listen_address: {node.address}",
        f"rpc_address: {node.address}",
        f"storage_port: {node.storage_port}",
        f"native_transport_port: {node.plain_port}",
        "commitlog_sync: periodic",
        "commitlog_sync_period: 10000ms",
        "commitlog_total_space: 128MiB",
        # Half a segment bounds a mutation; tests insert values of 10,000,000 characters.
        "commitlog_segment_size: 32MiB",
        # Nobody measures these servers: on a machine that is busy with something else all takes its time.
        *[f"{name}: {PATIENCE}" for name in TIMEOUTS],
        "memtable_heap_space: 64MiB",
        "memtable_offheap_space: 64MiB",
        "file_cache_size: 32MiB",
        "key_cache_size: 8MiB",
        "concurrent_reads: 8",
        "concurrent_writes: 8",
        "auto_snapshot: false",
        # Off by default, but a driver and a shell must be able to describe them.
        "materialized_views_enabled: true",
        "user_defined_functions_enabled: true",
    ]
    if auth:
        lines += [
            "authenticator: PasswordAuthenticator",
            "authorizer: CassandraAuthorizer",
            "role_manager: CassandraRoleManager",
        ]
    if node.tls_port:
        lines += _tls(node, tls_version, config_directory)
    return "\n".join(lines) + "\n"
