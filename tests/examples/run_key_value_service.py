#!/usr/bin/env python3
"""Asks key_value_service as its clients do, and ends it while it has something to do.

    run_key_value_service.py EXAMPLE_SERVER PROGRAM"""

import re
import signal
import socket
import subprocess
import sys

from example_server import ExampleServer, check

server, program = sys.argv[1:]


class Client:
    def __init__(self, where):
        host, port = where.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self.lines = self.socket.makefile("r", newline="\n")

    def send(self, line):
        self.socket.sendall(line.encode() + b"\n")

    def ask(self, line):
        self.send(line)
        return self.lines.readline()


with ExampleServer(server, ["fine", "fine", "fine", "overloaded", "unavailable", "write_timeout", "dropped", "silent", "dropped"]) as cluster:
    with subprocess.Popen([program, cluster.where, "0", "1000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as service:
        try:
            where = re.fullmatch(r"listening at (.*)\n", service.stdout.readline())[1]
            client = Client(where)
            for line, expected in [
                    ("get Ada", "none\n"),
                    ("put Ada born in 1815", "stored\n"),
                    ("get Ada", "value born in 1815\n"),
                    ("put Grace 1", "error overloaded, may be stored\n"),
                    ("put Grace 2", "error unavailable, not stored\n"),
                    ("put Grace 3", "error server_timed_out, may be stored\n"),
                    ("put Grace 4", "error connection, may be stored\n"),
                    ("get Ada", "error timed_out\n"),  # the server is silent
                    ("get Ada", "value born in 1815\n"),  # its connection ends, and it is asked again
                    ("get", "error what is asked for is `get KEY` or `put KEY VALUE`\n"),
                    ("put Ada", "error what is asked for is `get KEY` or `put KEY VALUE`\n"),
                    ("steal Ada", "error what is asked for is `get KEY` or `put KEY VALUE`\n")]:
                check(client.ask(line) == expected, f"{line} → {expected}")

            endless = Client(where)
            try:
                endless.socket.sendall(b"x" * 100_000)
                ended = endless.socket.recv(1) == b""
            except ConnectionError:
                ended = True
            check(ended, "a line without an end is not kept for ever")

            others = [Client(where) for _ in range(20)]
            for number, each in enumerate(others):
                each.send(f"put late-{number} value")
            silent = Client(where)
            check(silent.ask("get Ada") == "value born in 1815\n", "all of them have been accepted")
            service.send_signal(signal.SIGTERM)
            for each in others:
                check(each.lines.readline() == "stored\n", "what is in flight is finished")
            for each in [client, silent, *others]:
                check(each.lines.readline() == "", "then nobody is served any more")
            out, told = service.communicate(timeout=60)
        finally:
            service.kill()
    check(service.returncode == 0 and out == "ended\n", "that is a good end")
    check(told.count("\n") == 5, f"operators are told of each failure: {told}")
    try:
        Client(where)
        check(False, "nobody listens there now")
    except ConnectionRefusedError:
        pass
    cluster.run(program, 0, 400, "too much", code=1)
check("text Grace = 4\n" in cluster.told, "what may be stored was")

dead = subprocess.run([program, "127.0.0.1:1", "0"], capture_output=True, text=True, timeout=60)
check(dead.returncode == 1 and "refused" in dead.stderr, "without a database it does not begin")
