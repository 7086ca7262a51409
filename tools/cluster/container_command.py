"""The docker or podman command line of one node. Pure, and held by golden files."""

import hashlib

import cassandra_command
import scylla_config
from options import Options
from topology import Node

# Where Apache's image keeps Cassandra; local_image does the same, so that one command line fits both.
JAR_DIRECTORY = "/opt/cassandra/lib"
CASSANDRA_STORAGE = "/var/lib/cassandra"
CONFIG_DIRECTORY = scylla_config.CONFIG_DIRECTORY


def container_name(options: Options, node: Node) -> str:
    # An engine's names are for all of its users: the folder tells clusters of the same name apart.
    folder = hashlib.sha256(str(options.state_directory).encode()).hexdigest()[:8]
    return f"cocql-{options.name}-{folder}-{node.name}"


def label(options: Options) -> str:
    return f"cocql.directory={options.state_directory}"


def _scylla(node: Node) -> list[str]:
    return [
        # Two shards, or shard awareness goes untested.
        "--smp", "2", "--memory", "1G", "--overprovisioned", "1", "--developer-mode", "1", "--io-setup", "0",
        "--disable-version-check",
        "--listen-address", node.address, "--rpc-address", node.address, "--seeds", ",".join(node.seeds),
        "--api-address", node.address,
        # aio-max-nr of the host is quickly used up and cannot be raised from inside.
        "--reactor-backend=epoll", "--max-networking-io-control-blocks=1000",
        "--skip-wait-for-gossip-to-settle=0", "--ring-delay-ms=0", "--shutdown-announce-in-ms=0",
        "--unsafe-bypass-fsync=on", "--kernel-page-cache=on", "--commitlog-use-o-dsync=0",
        "--flush-schema-tables-after-modification=false", "--auto-snapshot=0", "--collectd=0",
    ]


def run(kind: str, options: Options, node: Node, image: str, jamm: str) -> list[str]:
    folder = options.state_directory / node.name
    command = [
        kind, "run", "--detach", "--pull=never", f"--name={container_name(options, node)}",
        f"--label={label(options)}",
        # The host's network: a port mapping would change the source port, by which ScyllaDB picks the shard.
        "--network=host",
        # The mounted folder has no SELinux label for containers.
        "--security-opt=label=disable",
        f"--volume={folder}:{CONFIG_DIRECTORY}:ro",
    ]
    if options.server == "scylla":
        return command + [f"--volume={folder}/scylla.yaml:/etc/scylla/scylla.yaml:ro",
                          f"--volume={folder}/supervisord.conf:/etc/supervisord.conf:ro", image, *_scylla(node)]
    return command + ["--entrypoint=java", image, *cassandra_command.arguments(
        node, JAR_DIRECTORY, f"{JAR_DIRECTORY}/{jamm}", CONFIG_DIRECTORY, CASSANDRA_STORAGE, options.heap)]
