"""up, down, env and status."""

import os
import shlex
import signal
import sys
import time
from pathlib import Path

import cassandra_config
import cassandra_jars
import certificate_authority
import container_engine
import decision
import export
import external_cluster
import java_runtime
import options as options_module
import ports
import processes
import readiness
import scylla_config
import state as state_module
import topology
from cassandra_backend import CassandraBackend
from container_backend import ContainerBackend, image_of
from container_engine import Engine
from cql_probe import Connection, ProbeError
from errors import ClusterError
from options import Options
from state import State

LOG_LINES = 30


def report(text: str) -> None:
    # Not on standard output: that belongs to what "env" and "--dry-run" print for others to read.
    print(f"cluster: {text}", file=sys.stderr, flush=True)


def _java_problem() -> str | None:
    try:
        java_runtime.find()
    except ClusterError as error:
        return str(error)
    return None


def _probes(options: Options) -> decision.Probes:
    return decision.Probes(
        external=external_cluster.find,
        engine_problem=container_engine.unanswered,
        image_problem=lambda kind: container_engine.image_missing(kind, image_of(options, kind)),
        java_problem=_java_problem,
    )


def _decide(options: Options) -> decision.Decision:
    if options.dry_run and options.backend in ("docker", "podman", "cassandra"):
        # A dry run shows what would be done, also where it could not be done.
        return decision.Decision(options.backend, [f"{options.backend}: asked for by --backend"])
    chosen = decision.decide(options, _probes(options))
    for reason in chosen.reasons:
        report(reason)
    report(f"back end: {chosen.backend}")
    return chosen


def _new_backend(options: Options, kind: str):
    if kind == "cassandra":
        java = java_runtime.find()
        report(f"{java.path} is Java {java.major}")
        return CassandraBackend(options, java.path, cassandra_jars.ensure(report))
    image = image_of(options, kind)
    return ContainerBackend(options, container_engine.working(kind, image, options.state_directory, report), image)


def _backend_of(options: Options, state: State):
    """The back end as it was when the cluster was started; it needs neither Java nor the image any more."""
    options = Options(**{**vars(options), **state.settings, "directory": options.directory, "name": options.name})
    if state.backend == "cassandra":
        return CassandraBackend(options, Path("java"), cassandra_jars.cache_directory())
    return ContainerBackend(options, Engine(**state.engine), image="")  # starts nothing


def _take_down(options: Options, state: State) -> None:
    _backend_of(options, state).stop(state.handles)
    state_module.remove(options)


def up(options: Options) -> int:
    if options.dry_run:
        return _dry_run(options)
    with state_module.lock(options):
        state = state_module.load(options)
        if state and _still_good(options, state):
            return 0
        chosen = _decide(options)
        if chosen.external:
            return _check_external(chosen.external)
        return _start(options, chosen.backend)


def _still_good(options: Options, state: State) -> bool:
    backend = _backend_of(options, state)
    lost = [node.name for node in state.nodes
            if node.name not in state.handles or not backend.alive(node, state.handles[node.name])]
    if state.ready and not lost:
        wanted = state_module.settings_of(options)
        other = [f"{key} {state.settings[key]}, not {wanted[key]}" for key in wanted if wanted[key] != state.settings[key]]
        if options.backend not in ("auto", state.backend):
            other.append(f"backend {state.backend}, not {options.backend}")
        if other:
            raise ClusterError(f"'{options.name}' already runs, but with {'; '.join(other)}: down first")
        report(f"'{options.name}' already runs ({state.backend})")
        return True
    report(f"'{options.name}' was left behind unfinished ({', '.join(lost) or 'never ready'}); clearing it away")
    _take_down(options, state)
    return False


def _check_external(external: external_cluster.External) -> int:
    for point in external.contact_points:
        try:
            with Connection(point, external.port) as connection:
                connection.options()
        except ProbeError as error:
            raise ClusterError(f"{point}:{external.port}, named by {external.source}, does not serve: {error}") from error
        report(f"{point}:{external.port} serves; nothing is started")
    return 0


def _start(options: Options, kind: str) -> int:
    begun = time.monotonic()
    nodes = topology.plan(options)
    scylla = kind != "cassandra" and options.server == "scylla"
    ports.require_free(nodes, scylla_config.other_ports if scylla else lambda node: [])
    state_module.create(options)
    state = State(kind, state_module.settings_of(options), nodes)
    backend = None
    try:
        if options.tls:
            certificate_authority.make(options.certificate_directory, tuple(node.address for node in nodes))
        backend = _new_backend(options, kind)
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
        _clean_up(options, backend, state, show_logs=not isinstance(error, KeyboardInterrupt))
        raise
    report(f"{len(nodes)} node{'s' if len(nodes) > 1 else ''} ready in {time.monotonic() - setup:.1f} s "
           f"({time.monotonic() - begun:.1f} s with preparation)")
    return 0


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


def _clean_up(options: Options, backend, state: State, show_logs: bool) -> None:
    previous = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        if backend and state.handles:
            if show_logs:
                for node in state.nodes:
                    if node.name in state.handles:
                        tail = backend.log_tail(node, state.handles[node.name], LOG_LINES)
                        print(f"--- the end of {node.name}'s log ---\n{tail}", file=sys.stderr)
            report("cleaning up")
            backend.stop(state.handles)
        state_module.remove(options)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def down(options: Options) -> int:
    if not options.directory.exists():
        report(f"'{options.name}' does not run")
        return 0
    with state_module.lock(options):
        state = state_module.load(options)
        if options.dry_run:
            print("\n".join(f"end {name}: {handle}" for name, handle in state.handles.items()) if state else "nothing")
            return 0
        if state is None:
            external = external_cluster.find()
            report(f"nothing to do: {external.source} names a cluster that is not ours" if external
                   else f"'{options.name}' does not run")
            state_module.remove(options)
            return 0
        _take_down(options, state)
        report(f"'{options.name}' is down")
    return 0


def env(options: Options) -> int:
    state = state_module.load(options)
    if state and state.ready:
        values = export.of_state(state, options)
    else:
        external = external_cluster.find()
        if external is None:
            raise ClusterError(f"'{options.name}' does not run (see: cluster up)")
        values = export.of_external(external)
    print("\n".join(export.lines(values)))
    return 0


def status(options: Options) -> int:
    """0 if all is well, 3 if something is not running (as init scripts have it)."""
    state = state_module.load(options)
    if state is None:
        external = external_cluster.find()
        if external:
            print(f"env: {', '.join(external.contact_points)} port {external.port} (named by {external.source})")
            return 0
        print(f"'{options.name}' does not run")
        return 3
    settings = Options(**{**vars(options), **state.settings, "directory": options.directory, "name": options.name})
    backend = _backend_of(options, state)
    print(f"'{options.name}' ({state.backend}{', ready' if state.ready else ', starting'})")
    well = state.ready
    for node in state.nodes:
        handle = state.handles.get(node.name)
        tls = f" tls {node.tls_port}" if node.tls_port else ""
        demand = " client certificates" if node.client_auth else ""
        if handle is None or not backend.alive(node, handle):
            condition = "not running"
        else:
            try:
                readiness.check(node, settings)
                condition = "serving"
            except ProbeError as error:
                condition = f"running, not serving: {error}"
        well = well and condition == "serving"
        identity = " ".join(f"{key} {value}" for key, value in (handle or {}).items())
        print(f"  {node.name} {node.address} plain {node.plain_port}{tls}{demand} {identity}: {condition}")
    return 0 if well else 3


def _dry_run(options: Options) -> int:
    chosen = _decide(options)
    if chosen.external:
        print("\n".join(export.lines(export.of_external(chosen.external))))
        return 0
    nodes = topology.plan(options)
    if chosen.backend == "cassandra":
        try:
            java = java_runtime.find().path
        except ClusterError as error:
            report(str(error))
            java = Path("java")
        backend = CassandraBackend(options, java, cassandra_jars.cache_directory())
        config = "cassandra"
    else:
        backend = ContainerBackend(options, Engine(chosen.backend), image_of(options, chosen.backend))
        config = options.server
    for node in nodes:
        print(f"# {node.name}: {config}.yaml")
        print(_config_text(config, options, node, chosen.backend), end="")
        print(f"# {node.name}: command")
        print(shlex.join(backend.command(node)))
    return 0


def _config_text(config: str, options: Options, node: topology.Node, backend: str) -> str:
    if config == "scylla":
        return scylla_config.yaml(node, options.auth, options.tls_version)
    folder = str(options.state_directory / node.name) if backend == "cassandra" else scylla_config.CONFIG_DIRECTORY
    return cassandra_config.yaml(node, options.auth, options.tls_version, folder)


def _terminated(*_) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    options = options_module.parse(arguments)
    os.umask(0o022)
    signal.signal(signal.SIGTERM, _terminated)
    try:
        return {"up": up, "down": down, "env": env, "status": status}[options.action](options)
    except (ClusterError, OSError) as error:
        report(str(error))
        return 1
    except KeyboardInterrupt:
        report("interrupted")
        return 130
