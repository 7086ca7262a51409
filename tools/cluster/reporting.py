"""What is told to the user."""

import os
import sys


def tell(text: str) -> None:
    # Not on standard output: that belongs to what "env" and "--dry-run" print for others to read.
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        sys.stderr = open(os.devnull, "w")  # nobody reads any more, which must not keep us from cleaning up


def report(text: str) -> None:
    tell(f"cluster: {text}")
