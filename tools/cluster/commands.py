"""check, up, down, env and status."""

import dataclasses
import os
import shlex
import shutil
import tempfile
from pathlib import Path

import addresses
import cassandra_config
import cassandra_jars
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
from reporting import report
from starting import new_backend, others_of, start
from state import State

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


def _backend_of(options: Options, state: State):
    """The back end as it was when the cluster was started; it needs neither Java nor the image any more."""
    options = Options(**{**vars(options), **state.settings, "directory": options.directory, "name": options.name})
    if state.backend == "cassandra":
        return CassandraBackend(options, Path("java"), cassandra_jars.cache_directory())
    return ContainerBackend(options, Engine(**state.engine), image="")  # starts nothing


def _take_down(options: Options, state: State) -> None:
    _backend_of(options, state).stop(state.handles)
    state_module.remove(options)


def _end_unrecorded(options: Options, kinds: tuple[str, ...]) -> None:
    """What a run left that was killed before it could write its state, or whose folder was deleted."""
    if "cassandra" in kinds:
        CassandraBackend(options, Path("java"), cassandra_jars.cache_directory()).stop_unrecorded()
    for kind in ("docker", "podman"):
        if kind in kinds and container_engine.unanswered(kind) is None:
            ContainerBackend(options, Engine(kind), image="").stop_unrecorded()


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
        _end_unrecorded(options, (chosen.backend,))
        return start(options, chosen.backend)


def check(options: Options) -> int:
    """Makes sure, before somebody builds for an hour, that "up" can be done: fetches what it needs and tries it."""
    with state_module.lock(options):
        chosen = _decide(options)
    if chosen.external:
        return _check_external(chosen.external)
    if options.tls and shutil.which("openssl") is None:
        raise ClusterError("openssl is missing, which makes the certificates. On Debian: apt install openssl")
    with tempfile.TemporaryDirectory(prefix="cocql-check-") as folder:
        aside = dataclasses.replace(options, directory=Path(folder))
        state_module.create(aside)
        new_backend(aside, chosen.backend)
    with addresses.reserved(options, others_of(options, chosen.backend)) as placed:
        places = ", ".join(node.address for node in topology.plan(placed))
        report(f"ready to start {places}, port {placed.plain_port}" + (f", TLS {placed.tls_port}" if placed.tls else ""))
    return 0


def _still_good(options: Options, state: State) -> bool:
    backend = _backend_of(options, state)
    lost = [node.name for node in state.nodes
            if node.name not in state.handles or not backend.alive(node, state.handles[node.name])]
    if state.ready and not lost:
        wanted = state_module.settings_of(options)
        other = [f"{key} {state.settings[key]}, not {wanted[key]}" for key in wanted
                 if wanted[key] is not None and wanted[key] != state.settings[key]]
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


def down(options: Options) -> int:
    if not options.directory.exists():
        if not options.dry_run:
            _end_unrecorded(options, options_module.BACKENDS)
        report(f"'{options.name}' does not run")
        return 0
    with state_module.lock(options):
        state = state_module.load(options)
        if options.dry_run:
            print("\n".join(f"end {name}: {handle}" for name, handle in state.handles.items()) if state else "nothing")
            return 0
        if state is None:
            _end_unrecorded(options, options_module.BACKENDS)
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
    # Of what is asked for it shows what would be done, also where that is in use.
    free = (lambda address, port: False) if options.first_address else ports.busy
    with addresses.reserved(options, others_of(options, chosen.backend), busy=free) as options:
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


def main(arguments: list[str]) -> int:
    options = options_module.parse(arguments)
    os.umask(0o022)
    processes.heed_signals()
    try:
        return {"check": check, "up": up, "down": down, "env": env, "status": status}[options.action](options)
    except (ClusterError, OSError) as error:
        report(str(error))
        return 1
    except KeyboardInterrupt:
        report("interrupted")
        return 130
