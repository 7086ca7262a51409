#!/usr/bin/env python3
"""What a login shell is to a program, and no more: job.py PROGRAM [ARGUMENTS…]

Runs the program as the foreground job of the terminal. When it stops, says so and waits for a line before it
goes on; when it ends, says with what and waits for another line, so that the terminal can be looked at. Never
touches the terminal's settings."""

import os
import resource
import signal
import sys


def main():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # tcsetpgrp() from the background
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        print(f"[job {os.getpid()}]", flush=True)
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execv(sys.argv[1], sys.argv[1:])
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        os.tcsetpgrp(0, os.getpgrp())
        if not os.WIFSTOPPED(status):
            print(f"[ended {os.waitstatus_to_exitcode(status)}]", flush=True)
            os.read(0, 100)
            return
        print("[stopped]", flush=True)
        os.read(0, 100)
        os.tcsetpgrp(0, child)
        os.killpg(child, signal.SIGCONT)


main()
