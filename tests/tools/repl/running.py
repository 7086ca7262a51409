"""Runs cocqlsh for the tests of it: on pipes with shell(), on a terminal with Terminal. The first argument of the
test names the program."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

PATIENCE = 100  # seconds, after which something hangs; a machine that is busy with something else takes its time
PROGRAM = os.path.abspath(sys.argv.pop(1))
HOME = tempfile.mkdtemp(prefix="cocqlsh-test-")
ENVIRONMENT = {**os.environ, "HOME": HOME, "TERM": "xterm"}
JOB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "job.py")

# Under nohup this is ignored, and what is started would inherit that; a handler it would not.
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)


def shell(*arguments, text=None, environment=None, **options):
    """What it is given on standard input is a str, bytes, or nothing."""
    given = {"stdin": subprocess.DEVNULL} if text is None else {"input": text.encode() if isinstance(text, str) else text}
    ran = subprocess.run([PROGRAM, *arguments], capture_output=True, timeout=PATIENCE,
                         env={**ENVIRONMENT, **(environment or {})}, **given, **options)
    ran.stdout, ran.stderr = ran.stdout.decode(), ran.stderr.decode()
    return ran


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Terminal:
    """cocqlsh on a pseudo-terminal, which has settings of its own, so that they can be told from defaults."""

    def __init__(self, *arguments, job=False, columns=80, **environment):
        self.start([*([sys.executable, JOB] if job else []), PROGRAM, *arguments], columns, environment)
        self.job = self.read_job() if job else None

    @classmethod
    def of(cls, command):
        """Any other program on a terminal of its own."""
        terminal = cls.__new__(cls)
        terminal.start(command, 80, {})
        return terminal

    def start(self, command, columns, environment):
        ready, go = os.pipe()
        self.child, self.master = pty.fork()
        if self.child == 0:
            # What runs the tests may be in the background of a shell, which has its children ignore these.
            for number in (signal.SIGINT, signal.SIGQUIT):
                signal.signal(number, signal.SIG_DFL)
            os.read(ready, 1)
            os.execve(command[0], command, {**ENVIRONMENT, **environment})
        self.resize(columns)
        settings = termios.tcgetattr(self.master)
        settings[0] |= termios.IXANY
        settings[6][termios.VERASE] = b"\x08"
        termios.tcsetattr(self.master, termios.TCSANOW, settings)
        self.before = self.settings()
        os.write(go, b"x")
        os.close(go)
        os.close(ready)
        self.seen = ""

    def read_job(self):
        """The number of the process, which job.py tells first; not a byte more is read."""
        while not (told := re.search(r"\[job (\d+)\]", self.seen)):
            self.seen += os.read(self.master, 1).decode()
        return int(told[1])

    def settings(self):
        return termios.tcgetattr(self.master)

    def resize(self, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def read_until(self, pattern, seconds=PATIENCE):
        until = time.monotonic() + seconds
        start = len(self.seen)
        while not re.search(pattern, self.seen[start:]):
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                raise AssertionError(f"waited for {pattern!r}, saw {self.seen[start:][-2000:]!r}")
            try:
                self.seen += os.read(self.master, 65536).decode(errors="replace")
            except OSError as ended:
                raise AssertionError(f"ended before {pattern!r}: {self.seen[start:][-2000:]!r}") from ended
        return self.seen[start:]

    def type(self, text):
        os.write(self.master, text.encode())

    def run(self, line, answer=""):
        """Types a line and waits for what it is answered with and for the prompt after it."""
        self.type(line + "\r")
        return self.read_until(re.escape(line) + r"[^\n]*\n(?s:.*)" + answer + r"(?s:.*)cocqlsh\S*> ")

    def end(self):
        self.type("\x04")
        return self.wait()

    def wait(self):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            done, status = os.waitpid(self.child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            if select.select([self.master], [], [], 0.05)[0]:
                try:
                    os.read(self.master, 65536)
                except OSError:
                    pass
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        raise AssertionError("did not end")
