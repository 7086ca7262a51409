#!/usr/bin/env python3
"""What it costs to await a request on another executor than the connection's: instructions beyond those of one that is
awaited at home, by callgrind.

    hop.py NODE HOP RECORDED

Fails when the figure is more than 5 % above the recorded one, which belongs to this compiler and build."""

import sys

from counting import NO_VALGRIND, canned_node, has_valgrind, per_request, recorded, verdict


def main(node, hop, recorded_in):
    if not has_valgrind():
        print(NO_VALGRIND)
        return 77
    with canned_node(node) as port:
        at_home, elsewhere = (per_request([hop, where, "127.0.0.1", port, "64"], [], few=20_000, many=40_000)
                              for where in ("home", "context"))
    figure = elsewhere - at_home
    print(f"a hop takes {figure:.0f} instructions, beside {at_home:.0f} of a request at home; recorded: {recorded(recorded_in)}")
    return verdict(figure, recorded_in)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
