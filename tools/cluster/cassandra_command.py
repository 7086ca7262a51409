"""The java command line of a Cassandra node; the same for a process and for a container."""

from topology import Node

# What Cassandra's own jvm17-server.options and jvm11-server.options open, joined: a module flag for a package
# that a runtime lacks is only warned about.
EXPORTS = (
    "java.base/java.lang.ref", "java.base/jdk.internal.misc", "java.base/jdk.internal.ref",
    "java.base/jdk.internal.util", "java.base/sun.nio.ch", "java.management.rmi/com.sun.jmx.remote.internal.rmi",
    "java.rmi/sun.rmi.registry", "java.rmi/sun.rmi.server", "java.sql/java.sql", "jdk.unsupported/sun.misc",
)
OPENS = (
    "java.base/java.io", "java.base/java.lang", "java.base/java.lang.module", "java.base/java.lang.reflect",
    "java.base/java.util", "java.base/jdk.internal.loader", "java.base/jdk.internal.math",
    "java.base/jdk.internal.module", "java.base/jdk.internal.ref", "java.base/jdk.internal.reflect",
    "java.base/jdk.internal.util.jar", "java.base/sun.nio.ch", "jdk.management/com.sun.management.internal",
)


def arguments(node: Node, jar_directory: str, jamm: str, config_directory: str, storage_directory: str,
              heap: str) -> list[str]:
    """Everything after the word "java"."""
    return [
        f"-Xms{heap}", f"-Xmx{heap}",
        # Small heap, few cores, several nodes on a machine: the collector with the fewest threads.
        "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError",
        # Servers live for minutes; the quick compiler gets them ready sooner.
        "-XX:TieredStopAtLevel=1",
        "-Djdk.attach.allowAttachSelf=true", "-Dio.netty.tryReflectionSetAccessible=true",
        *[f"--add-exports={name}=ALL-UNNAMED" for name in EXPORTS],
        *[f"--add-opens={name}=ALL-UNNAMED" for name in OPENS],
        f"-javaagent:{jamm}",
        f"-Dcassandra.config=file://{config_directory}/cassandra.yaml",
        f"-Dlogback.configurationFile=file://{config_directory}/logback.xml",
        f"-Dcassandra.storagedir={storage_directory}",
        # The waits that protect a production ring only delay a ring made a moment ago.
        "-Dcassandra.superuser_setup_delay_ms=0",
        "-Dcassandra.skip_wait_for_gossip_to_settle=0",
        # The first node waits for nobody. The others need its answer, which it gives only once it is up itself: they
        # give up after this delay, so it is long, but they go on as soon as the answer is there.
        f"-Dcassandra.ring_delay_ms={1 if node.address in node.seeds else 60000}",
        "-Dcassandra.shutdown_announce_in_ms=0",
        "-Dcassandra.consistent.rangemovement=false",
        # Passwords on every node: a login must survive the loss of one.
        f"-Dcassandra.system_auth.default_rf={min(node.ring_size, 3)}",
        "-cp", f"{jar_directory}/*",
        "org.apache.cassandra.service.CassandraDaemon",
    ]
