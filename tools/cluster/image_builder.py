"""Builds a container image of Cassandra without any image registry: Debian's packages and the cached jars.

The image is a bare Debian root with a Java runtime, and the jars where Apache's image has them.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import cassandra_jars
import container_command
import versions
from container_engine import Engine, last_line, unanswered
from errors import ClusterError

SUITE = "bookworm"  # the last Debian release with a Java that Cassandra 5.0 runs on
JAVA = "openjdk-17-jre-headless"
# Not needed to run; leaving it out makes the image a third smaller.
LEFT_OUT = ("./dev/*", "./proc/*", "./sys/*", "./usr/share/doc", "./usr/share/man", "./usr/share/locale",
            "./var/cache", "./var/lib/apt", "./var/log/*")


def build(report) -> str:
    """The image's name; nothing is done if it is there."""
    image = versions.local_image()
    problem = unanswered("podman")
    if problem:
        raise ClusterError(problem)
    engine = Engine("podman")
    if engine.run(["image", "exists", image]).returncode == 0:
        report(f"{image} is there")
        return image
    if shutil.which("debootstrap") is None:
        raise ClusterError("debootstrap is not installed. On Debian: apt install debootstrap")
    if os.geteuid() != 0:
        raise ClusterError("debootstrap needs root")
    jars = cassandra_jars.ensure(report)
    with tempfile.TemporaryDirectory(dir=cassandra_jars.cache_root(), prefix="image-") as temporary:
        root = Path(temporary) / "root"
        report(f"debootstrap {SUITE} with {JAVA} (minutes)")
        try:
            _must(["debootstrap", "--variant=minbase", f"--include={JAVA}", SUITE, str(root)])
        finally:
            _unmount_below(root)
        target = root / container_command.JAR_DIRECTORY.lstrip("/")
        shutil.copytree(jars, target)
        (root / container_command.CASSANDRA_STORAGE.lstrip("/")).mkdir(parents=True)
        archive = Path(temporary) / "image.tar"
        _must(["tar", "-C", str(root), *[f"--exclude={path}" for path in LEFT_OUT], "-cf", str(archive), "."])
        report(f"podman import of {archive.stat().st_size // 2**20} MiB as {image}")
        engine.must(["import", "--change", "ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin", str(archive), image], timeout=600)
    return image


def _must(command: list[str]) -> None:
    # In a session of its own: Ctrl-C in the terminal reaches us, and we end it in order, for debootstrap mounts things
    # in the new root and has to unmount them.
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          start_new_session=True) as child:
        try:
            output, errors = child.communicate()
        except BaseException:
            os.killpg(child.pid, signal.SIGTERM)
            child.wait()
            raise
    if child.returncode != 0:
        raise ClusterError(f"{command[0]}: {last_line(errors or output)}")


def _unmount_below(root: Path) -> None:
    """What debootstrap could not unmount itself: nothing of the system's may be seen below a folder that is removed."""
    mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for path in sorted((path for path in mounted if path.startswith(f"{root}/")), reverse=True):
        subprocess.run(["umount", "--lazy", path], check=True)
