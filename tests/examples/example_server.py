"""The database that the examples run with as tests: starts example_server, a scripted cluster of three nodes.

It is told what goes wrong, one fault after another for the statements that come, then none: `fine`, `overloaded`,
`unavailable` and `refused` (not carried out), `write_timeout` (carried out), `lost` (the same answer, and not carried out),
`overtaken` (carried out, another change after it, the same answer), `silent` (carried out, no answer), `dropped` (the same,
and the node's connections end), `cut` (the same, and not carried out), `late` (answered after 0.3 s).
A statement whose key begins with such a word and a hyphen has that fault whenever it comes."""

import subprocess
import sys


class ExampleServer:
    """Within a `with`: serves. Afterwards `told` is what it says at its end of what it has carried out and kept."""

    def __init__(self, program, faults=()):
        self.command = [program, ",".join(faults)]
        self.told = ""

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        word, _, self.where = self.process.stdout.readline().rstrip("\n").partition(" ")
        if word != "listening":
            self.process.kill()
            sys.exit("failed: the server does not start")
        return self

    def __exit__(self, *failure):
        try:
            self.told, _ = self.process.communicate("", timeout=60)
            print(self.told, file=sys.stderr)
        finally:
            self.process.kill()
        if failure[0] is None:
            assert self.process.returncode == 0, "the server has failed"

    def run(self, program, *arguments, text="", code=0):
        """Runs an example to its end, which must be the expected one, and gives what it has said on both outputs."""
        ran = subprocess.run([program, self.where, *map(str, arguments)], input=text, capture_output=True, text=True, timeout=200)
        print(ran.stdout + ran.stderr, file=sys.stderr)
        assert ran.returncode == code, f"{program} has ended with {ran.returncode}, not with {code}"
        return ran.stdout, ran.stderr


def check(truth, what):
    if not truth:
        sys.exit(f"failed: {what}")
