"""Chooses the back end and gives a reason for every step. What it asks of the machine comes in as functions."""

from dataclasses import dataclass, field
from typing import Callable

from errors import ClusterError
from external_cluster import External
from options import Options


@dataclass(frozen=True)
class Probes:
    external: Callable[[], External | None]
    engine_problem: Callable[[str], str | None]
    image_problem: Callable[[str], str | None]
    java_problem: Callable[[], str | None]


@dataclass
class Decision:
    backend: str
    reasons: list[str] = field(default_factory=list)
    external: External | None = None


def decide(options: Options, probes: Probes) -> Decision:
    if options.backend != "auto":
        return _asked_for(options, probes)
    reasons = []
    external = probes.external()
    lacking = external.lacking(options) if external else []
    if external and not lacking:
        return Decision("env", [f"env: {external.source} names a cluster"], external)
    reasons.append(f"env: {external.source} names a cluster, but there is no {', '.join(lacking)} of it" if external
                   else "env: the environment names no cluster")
    if options.server == "cassandra":
        reasons.append("containers: --server cassandra without --backend docker or podman means the jars")
    else:
        for kind in ("docker", "podman"):
            problem = probes.engine_problem(kind) or probes.image_problem(kind)
            if problem is None:
                return Decision(kind, reasons + [f"{kind}: it answers and the image is here"])
            reasons.append(f"{kind}: {problem}")
    problem = probes.java_problem()
    if problem is None:
        return Decision("cassandra", reasons + ["cassandra: a Java that it runs on is here"])
    raise ClusterError("no servers can be had:\n  " + "\n  ".join(reasons + [f"cassandra: {problem}"]))


def _asked_for(options: Options, probes: Probes) -> Decision:
    kind = options.backend
    reasons = [f"{kind}: asked for by --backend"]
    if kind == "env":
        external = probes.external()
        if external is None:
            raise ClusterError("--backend env, but neither COCQL_CONTACT_POINTS nor SCYLLA_URI names a cluster")
        return Decision(kind, reasons + [f"env: {external.source} names it"], external)
    if kind == "cassandra":
        problem = probes.java_problem()
    else:
        problem = probes.engine_problem(kind) or probes.image_problem(kind)
    if problem:
        raise ClusterError(f"--backend {kind}: {problem}")
    return Decision(kind, reasons)
