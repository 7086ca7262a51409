"""docker or podman, found and made to work; both take the same commands."""

import os
import resource
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from errors import ClusterError

# An engine that hangs must not hold us for ever; one on a machine that is busy takes its time.
PATIENCE = 600
PULL_SECONDS = 1800


@dataclass(frozen=True)
class Engine:
    kind: str
    containers_conf: str | None = None

    def environment(self) -> dict[str, str]:
        extra = {"CONTAINERS_CONF": self.containers_conf} if self.containers_conf else {}
        return {**os.environ, **extra}

    def run(self, arguments: list[str], timeout: float = PATIENCE) -> subprocess.CompletedProcess:
        try:
            # In a session of its own: Ctrl-C in the terminal must not cut it off in the middle of its work.
            return subprocess.run([self.kind, *arguments], env=self.environment(), capture_output=True, text=True,
                                  timeout=timeout, stdin=subprocess.DEVNULL, start_new_session=True)
        except subprocess.TimeoutExpired:
            raise ClusterError(f"{self.kind} {arguments[0]} did not end in {timeout:.0f} s") from None

    def must(self, arguments: list[str], timeout: float = PATIENCE) -> str:
        result = self.run(arguments, timeout)
        if result.returncode != 0:
            raise ClusterError(f"{self.kind} {arguments[0]}: {last_line(result.stderr)}")
        return result.stdout.strip()

    def to_json(self) -> dict:
        return dict(vars(self))


def last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no message"


def unanswered(kind: str) -> str | None:
    """Why the engine cannot be used, or None."""
    if shutil.which(kind) is None:
        return f"{kind} is not installed"
    try:
        result = Engine(kind).run(["info"], timeout=120)
    except ClusterError as error:
        return str(error)
    # docker's client alone prints its own half and ends with 0 or 1 by version; the error line tells the truth.
    if result.returncode != 0 or "Cannot connect" in result.stdout + result.stderr:
        return f"{kind} does not answer: {last_line(result.stderr or result.stdout)}"
    return None


def image_missing(kind: str, image: str) -> str | None:
    """Makes the image present; why it cannot be, or None."""
    engine = Engine(kind)
    if engine.run(["image", "inspect", image]).returncode == 0:
        return None
    if image.startswith("localhost/"):
        return f"image {image} is not here (local_image builds it)"
    result = engine.run(["pull", image], timeout=PULL_SECONDS)
    return None if result.returncode == 0 else f"image {image} cannot be pulled: {last_line(result.stderr)}"


def limits_conf() -> str:
    """A containers.conf for places where podman's defaults do not work, such as inside another container.

    podman raises the limits of open files and processes past what such a place allows, and asks systemd for cgroups
    where no systemd runs.
    """
    def value(number: int) -> int:
        # podman may have lowered its own limit below ours by then; this is far below either, and ample for a node.
        enough = 16384
        _, hard = resource.getrlimit(number)
        return enough if hard == resource.RLIM_INFINITY else min(hard, enough)

    files = value(resource.RLIMIT_NOFILE)
    processes = value(resource.RLIMIT_NPROC)
    runtime = next((name for name in ("runc", "crun") if shutil.which(name)), "runc")
    return (f'[engine]\ncgroup_manager = "cgroupfs"\nruntime = "{runtime}"\n'
            f'[containers]\ndefault_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]\n')


def working(kind: str, image: str, directory: Path, report) -> Engine:
    """An engine that has really run something; podman gets a second chance with settings of our own."""
    trial = ["run", "--rm", "--pull=never", "--network=host", "--entrypoint=/bin/true", image]
    engine = Engine(kind)
    result = engine.run(trial)
    if result.returncode == 0:
        return engine
    problem = last_line(result.stderr)
    if kind == "podman":
        conf = directory / "containers.conf"
        conf.write_text(limits_conf())
        report(f"podman by itself: {problem}; trying with {conf}")
        engine = Engine(kind, str(conf))
        result = engine.run(trial)
        if result.returncode == 0:
            return engine
        problem = last_line(result.stderr)
    raise ClusterError(f"{kind} cannot run a container: {problem}")
