"""A scripted cluster for the tests of cocqlsh: several nodes at 127.0.0.1, .2 and so on. The second argument of the test,
after the first one that running.py takes, names the program that plays it."""

import os
import subprocess
import sys

from running import PATIENCE

PLAY_CLUSTER = os.path.abspath(sys.argv.pop(1))


class Cluster:
    def __init__(self, nodes=3, shards=0, tls=False):
        self.process = subprocess.Popen([PLAY_CLUSTER, str(nodes), str(shards), "tls" if tls else "plain", str(10 * PATIENCE)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.nodes = nodes
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()

    def tell(self, *words):
        """stop, start, mute, deaf, hear NODE; refuse NODE TEXT; login USER SECRET; racks, version TEXT; stranger."""
        answer = self.ask(*words)
        if answer != "ok":
            raise AssertionError(f"{words}: {answer}")

    def ask(self, *words):
        """asked, schema, accepted, connections NODE."""
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().removesuffix("\n")

    def each(self, what):
        return [int(self.ask(what, node + 1)) for node in range(self.nodes)]
