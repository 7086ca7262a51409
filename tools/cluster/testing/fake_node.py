"""A node for the tests of the cluster command, which need many of them and have no time for real ones: it listens where
its configuration says and knows as much of CQL as the command asks for.

What the environment makes of it:
COCQL_FAKE_DEAF    it never listens
COCQL_FAKE_STOLEN  the node that can remove this file waits until whoever made it has taken its port and written the file
                   with ".taken" at the end of its name
"""

import contextlib
import os
import re
import socket
import ssl
import struct
import sys
import threading
import time
from pathlib import Path

ERROR, STARTUP, READY, AUTHENTICATE, OPTIONS, SUPPORTED, QUERY, RESULT = 0, 1, 2, 3, 5, 6, 7, 8
AUTH_RESPONSE, AUTH_SUCCESS = 0x0F, 0x10


def string(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


class FakeNode:
    def __init__(self, yaml: Path, ring_size: int):
        self._text = yaml.read_text()
        self._folder = yaml.parent
        self._ring_size = ring_size

    def _setting(self, *names: str) -> str | None:
        for name in names:
            found = re.search(rf"^ *{name}: (.+)$", self._text, re.MULTILINE)
            if found:
                return found.group(1)
        return None

    def ports(self) -> list[tuple[int, bool]]:
        """Of every kind that the configuration names, and whether it speaks TLS."""
        names = {"storage_port": False, "native_transport_port": False, "native_transport_port_ssl": True,
                 "native_shard_aware_transport_port": False, "native_shard_aware_transport_port_ssl": True,
                 "api_port": False, "prometheus_port": False}
        return [(int(self._setting(name)), tls) for name, tls in names.items() if self._setting(name)]

    def serve(self) -> None:
        address = self._setting("rpc_address")
        self._be_robbed(address)
        if os.environ.get("COCQL_FAKE_DEAF"):
            time.sleep(3600)
        for port, tls in self.ports():
            listener = socket.create_server((address, port))
            threading.Thread(target=self._accept, args=(listener, self._context() if tls else None), daemon=True).start()
        print("serving", flush=True)
        threading.Event().wait()

    def _be_robbed(self, address: str) -> None:
        wanted = os.environ.get("COCQL_FAKE_STOLEN")
        if not wanted:
            return
        try:
            os.unlink(wanted)
        except FileNotFoundError:
            return
        place = Path(f"{wanted}.place.new")
        place.write_text(f"{address}:{self._setting('native_transport_port')}")
        place.rename(f"{wanted}.place")
        while not Path(f"{wanted}.taken").exists():
            time.sleep(0.01)

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        keystore = self._folder / "keystore.pem"
        if keystore.exists():
            context.load_cert_chain(keystore)
        else:
            context.load_cert_chain(self._folder / "node.pem", self._folder / "node.key")
        if self._setting("require_client_auth") == "true":
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self._folder / "ca.pem")
        return context

    def _accept(self, listener: socket.socket, context: ssl.SSLContext | None) -> None:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=self._serve, args=(client, context), daemon=True).start()

    def _serve(self, client: socket.socket, context: ssl.SSLContext | None) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(client, server_side=True) if context else client as stream:
            file = stream.makefile("rb")
            while header := file.read(9):
                opcode, length = struct.unpack(">xxxxBI", header)
                answer, body = self._answer(opcode, file.read(length))
                stream.sendall(struct.pack(">BBhBI", 0x84, 0, 0, answer, len(body)) + body)

    def _answer(self, opcode: int, body: bytes) -> tuple[int, bytes]:
        if opcode == OPTIONS:
            return SUPPORTED, struct.pack(">H", 0)
        if opcode == STARTUP:
            return (AUTHENTICATE, string("PasswordAuthenticator")) if self._setting("authenticator") else (READY, b"")
        if opcode == AUTH_RESPONSE:
            if body[4:] == b"\0cassandra\0cassandra":
                return AUTH_SUCCESS, struct.pack(">i", -1)
            return ERROR, struct.pack(">i", 0x0100) + string("bad password")
        return RESULT, struct.pack(">iiiiiq", 2, 4, 1, 1, 8, self._count(body.decode(errors="replace")))

    def _count(self, query: str) -> int:
        if "system.peers" in query:
            return self._ring_size - 1
        asked = re.search("cluster_name = '([^']+)'", query)
        return int(asked is not None and asked.group(1) == self._setting("cluster_name"))


def run(yaml: Path, ring_size: int) -> None:
    try:
        FakeNode(yaml, ring_size).serve()
    except OSError as error:
        print(error, flush=True)
        sys.exit(1)
