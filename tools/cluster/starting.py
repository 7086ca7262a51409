"""Starts the nodes of one cluster, at a place that is free, and ends them again if they do not come up."""

import re
import time

import addresses
import cassandra_jars
import certificate_authority
import container_engine
import java_runtime
import ports
import processes
import readiness
import scylla_config
import state as state_module
import topology
from addresses import Stolen
from cassandra_backend import CassandraBackend
from container_backend import ContainerBackend, image_of
from errors import ClusterError
from options import Options
from reporting import report, tell
from state import State

LOG_LINES = 30
ATTEMPTS = 5  # at places that others take in the moment between finding and using them
# Cassandra, Netty and Seastar.
IN_USE = re.compile(r"already in use|is in use by another process|Failed to bind port", re.IGNORECASE)


def new_backend(options: Options, kind: str):
    if kind == "cassandra":
        java = java_runtime.find()
        report(f"{java.path} is Java {java.major}")
        return CassandraBackend(options, java.path, cassandra_jars.ensure(report))
    image = image_of(options, kind)
    return ContainerBackend(options, container_engine.working(kind, image, options.state_directory, report), image)


def others_of(options: Options, kind: str):
    """The ports that only this kind of server opens."""
    return scylla_config.other_ports if kind != "cassandra" and options.server == "scylla" else ports.none_besides


def start(options: Options, kind: str) -> int:
    refused = set()
    while True:
        with addresses.reserved(options, others_of(options, kind), frozenset(refused)) as placed:
            try:
                return _start_at(placed, kind)
            except Stolen as error:
                if options.first_address or len(refused) == ATTEMPTS - 1:
                    raise
                refused.add(placed)
                report(f"{error}; trying elsewhere")


def _start_at(options: Options, kind: str) -> int:
    begun = time.monotonic()
    nodes = topology.plan(options)
    state_module.create(options)
    state = State(kind, state_module.settings_of(options), nodes)
    backend = None
    try:
        if options.tls:
            certificate_authority.make(options.certificate_directory, tuple(node.address for node in nodes))
        backend = new_backend(options, kind)
        state.engine = backend.engine()
        for node in nodes:
            backend.prepare(node)
        setup = time.monotonic()
        _start_nodes(options, backend, state)
        readiness.wait(nodes, options, lambda node: backend.died(node, state.handles[node.name]), report)
        state.ready = True
        state_module.save(options, state)
    except BaseException as error:
        # Ctrl-C and SIGTERM as well: whatever ends "up" early must not leave a server behind.
        with processes.ignored_signals():
            tails = _log_tails(backend, state)
            _clean_up(options, backend, state)
            stolen = isinstance(error, ClusterError) and _stolen(options, kind, nodes, tails)
        if stolen:
            raise Stolen(f"{stolen} was taken by another program meanwhile") from error
        if not isinstance(error, KeyboardInterrupt):
            for name, tail in tails.items():
                tell(f"--- the end of {name}'s log ---\n{tail}")
        raise
    report(f"{len(nodes)} node{'s' if len(nodes) > 1 else ''} ready in {time.monotonic() - setup:.1f} s "
           f"({time.monotonic() - begun:.1f} s with preparation)")
    return 0


def _stolen(options: Options, kind: str, nodes: list[topology.Node], tails: dict[str, str]) -> str | None:
    """What somebody else took after it had been found free: no node of ours runs any more."""
    taken = ports.taken(nodes, others_of(options, kind))
    if taken:
        return ", ".join(taken)
    return next((f"an address of {name}" for name, tail in tails.items() if IN_USE.search(tail)), None)


def _start_nodes(options: Options, backend, state: State) -> None:
    for node in state.nodes:
        report(f"starting {node.name} at {node.address}")
        if hasattr(backend, "handle"):
            # A container has its name before it runs; recorded first, it can be removed whatever happens next.
            state.handles[node.name] = backend.handle(node)
            state_module.save(options, state)
        with processes.deferred_signals():
            state.handles[node.name] = backend.start(node)
            state_module.save(options, state)
        if backend.one_by_one and node is not state.nodes[-1]:
            readiness.wait([node], options, lambda one: backend.died(one, state.handles[one.name]), report,
                           check=readiness.serves)


def _log_tails(backend, state: State) -> dict[str, str]:
    tails = {}
    for node in state.nodes:
        if backend and node.name in state.handles:
            try:
                tails[node.name] = backend.log_tail(node, state.handles[node.name], LOG_LINES)
            except (ClusterError, OSError) as error:
                tails[node.name] = f"(it cannot be read: {error})"
    return tails


def _clean_up(options: Options, backend, state: State) -> None:
    if backend and state.handles:
        report("cleaning up")
        backend.stop(state.handles)
    state_module.remove(options)
