"""Starting and ending the processes that are ours, and no others."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path


_children: dict[int, subprocess.Popen] = {}
# Ctrl-C, "kill" and a terminal that is closed.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def heed_signals() -> None:
    """From now on the first of these signals raises KeyboardInterrupt, and the others are ignored: they come in pairs
    (from the terminal, and from the script that runs us), and the second must not end what cleans up after the first."""
    def interrupted(*_) -> None:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in ENDING:
        # What was ignored when we were started stays so, as under nohup.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, interrupted)


@contextlib.contextmanager
def deferred_signals():
    """Holds these signals back while a process is started and not yet recorded: it must not be lost between."""
    came = []
    previous = {number: signal.signal(number, lambda n, _: came.append(n)) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    for number in came[:1]:
        os.kill(os.getpid(), number)


@contextlib.contextmanager
def ignored_signals():
    previous = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def run(command: list[str], **kwargs) -> subprocess.CompletedProcess:
    """subprocess.run() of a command that writes files. One that is interrupted has ended when this has, which is not so
    there: what it writes may be removed."""
    child = None
    try:
        with deferred_signals():
            child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kwargs)
        output, errors = child.communicate()
    except BaseException:
        if child is not None:
            child.kill()
            child.wait()
        raise
    return subprocess.CompletedProcess(command, child.returncode, output, errors)


def start(command: list[str], directory: Path, log: Path) -> int:
    # A session of its own, so that Ctrl-C in the terminal reaches us first and the node is ended in order.
    with open(log, "wb") as output:
        child = subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=output,
                                 stderr=subprocess.STDOUT, start_new_session=True)
    _children[child.pid] = child
    return child.pid


def is_ours(pid: int, marker: str) -> bool:
    """Process numbers are used again, so a recorded one is believed only while its command line carries our mark."""
    _reap(pid)
    deadline = time.monotonic() + 10.0
    while True:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        if command:
            return marker.encode() in command.split(b"\0")
        if state in "ZX" or time.monotonic() > deadline:
            return False  # ended and not yet collected by its parent, or one of the kernel's own threads
        # In the middle of exec the kernel shows an empty command line for a moment.
        time.sleep(0.01)


def with_argument(prefix: str) -> dict[int, str]:
    """pid → argument of all processes of this user that have an argument that begins so."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if folder.stat().st_uid != os.geteuid():
                continue
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it ended meanwhile
        for argument in command.split(b"\0"):
            if argument.startswith(prefix.encode()):
                found[int(folder.name)] = os.fsdecode(argument)
    return found


def _reap(pid: int) -> None:
    # Only the run that started a node is its parent; for later runs there is nothing to collect.
    if pid in _children:
        _children[pid].poll()


def end(pids: dict[int, str], grace: float = 15.0, patience: float = 120.0) -> None:
    """Ends all of pid → marker: politely and together, then by force. On a machine that is busy with something else
    even that takes its time."""
    for number, grace in ((signal.SIGTERM, grace), (signal.SIGKILL, patience)):
        for pid, marker in pids.items():
            if is_ours(pid, marker):
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass  # it ended between the look and the signal, which is what we want
        deadline = time.monotonic() + grace
        while any(is_ours(pid, marker) for pid, marker in pids.items()):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        else:
            return
    left = [pid for pid, marker in pids.items() if is_ours(pid, marker)]
    raise OSError(f"processes {left} do not end")
