"""What the guards have in common: the canned node, and instructions counted by callgrind."""

import contextlib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

NO_VALGRIND = "skipped: valgrind is not installed"
ALLOWED = 1.05


def has_valgrind():
    return shutil.which("valgrind") is not None


@contextlib.contextmanager
def canned_node(program, certificates=None):
    """Its port: of TLS where a folder with its certificate is given."""
    tls = ["0", f"{certificates}/node.pem", f"{certificates}/node.key"] if certificates else []
    with subprocess.Popen([program, "127.0.0.1", "0", *tls], stdout=subprocess.PIPE, text=True) as serving:
        try:
            ready, *ports = serving.stdout.readline().split()
            if ready != "ready":
                sys.exit("the node did not start")
            yield ports[-1]
        finally:
            serving.terminate()


def collected(words):
    with tempfile.NamedTemporaryFile() as out:
        ran = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", *words],
                             capture_output=True, text=True, timeout=1800)
    found = re.search(r"Collected : (\d+)", ran.stderr)
    if ran.returncode != 0 or not found:
        sys.exit(f"the load failed: {ran.stderr[-500:]}")
    return int(found.group(1))


def per_request(before, behind, few, many):
    """Of a load that takes the number of requests between these words: what its beginning takes does not count."""
    counted = [collected([*before, str(requests), *behind]) for requests in (few, many)]
    return (counted[1] - counted[0]) / (many - few)


def recorded(recorded_in):
    return int(pathlib.Path(recorded_in).read_text().split()[0])


def verdict(figure, recorded_in):
    """The exit code: 1 where it is 5 % more than was recorded."""
    before = recorded(recorded_in)
    if figure > before * ALLOWED:
        print(f"that is {100 * (figure / before - 1):.1f} % more; see where with tools/bench and callgrind_annotate")
        return 1
    if figure < before * 0.95:
        print(f"it has become less: write {figure:.0f} into {recorded_in}")
    return 0
