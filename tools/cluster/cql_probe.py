"""Speaks just enough CQL v4 to know that a node really serves: a port that only accepts is not ready."""

import socket
import ssl
import struct
from dataclasses import dataclass
from pathlib import Path

ERROR, STARTUP, READY, AUTHENTICATE, OPTIONS, SUPPORTED, QUERY, RESULT = 0, 1, 2, 3, 5, 6, 7, 8
AUTH_RESPONSE, AUTH_SUCCESS = 0x0F, 0x10
CONSISTENCY_ONE = 1  # the probe reads only tables local to the node


class ProbeError(Exception):
    """The node is not (yet) what it should be; the text says why."""


@dataclass(frozen=True)
class Tls:
    ca: Path
    certificate: Path | None = None
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.ca))
        if self.certificate:
            context.load_cert_chain(str(self.certificate), str(self.key))
        return context


class Connection:
    """One blocking connection, one request at a time, one deadline per socket call."""

    def __init__(self, address: str, port: int, tls: Tls | None = None, timeout: float = 30.0):
        try:
            raw = socket.create_connection((address, port), timeout=timeout)
            if tls is None:
                self._socket = raw
            else:
                try:
                    self._socket = tls.context().wrap_socket(raw, server_hostname=address)
                except BaseException:
                    raw.close()
                    raise
        except OSError as error:
            raise ProbeError(str(error)) from error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    @property
    def tls_version(self) -> str | None:
        return self._socket.version() if isinstance(self._socket, ssl.SSLSocket) else None

    def request(self, opcode: int, body: bytes = b"") -> tuple[int, bytes]:
        try:
            self._socket.sendall(struct.pack(">BBhBI", 4, 0, 0, opcode, len(body)) + body)
            header = self._read(9)
            version, _, _, answer, length = struct.unpack(">BBhBI", header)
            body = self._read(length)
        except OSError as error:
            raise ProbeError(str(error)) from error
        if version & 0x7F != 4:
            raise ProbeError(f"answered in protocol version {version & 0x7F}")
        if answer == ERROR:
            code, size = struct.unpack(">iH", body[:6])
            raise ProbeError(f"error 0x{code:04x}: {body[6:6 + size].decode(errors='replace')}")
        return answer, body

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = self._socket.recv(count - len(data))
            if not piece:
                raise ProbeError("the node closed the connection")
            data += piece
        return data

    def options(self) -> None:
        answer, _ = self.request(OPTIONS)
        if answer != SUPPORTED:
            raise ProbeError(f"answered OPTIONS with opcode {answer}, not SUPPORTED")

    def login(self, username: str | None, password: str | None) -> None:
        answer, _ = self.request(STARTUP, struct.pack(">H", 1) + _string("CQL_VERSION") + _string("3.0.0"))
        if answer == READY:
            if username:
                raise ProbeError("let us in without a password")
            return
        if answer != AUTHENTICATE:
            raise ProbeError(f"answered STARTUP with opcode {answer}")
        if not username:
            raise ProbeError("demands a password")
        token = f"\0{username}\0{password}".encode()
        answer, _ = self.request(AUTH_RESPONSE, struct.pack(">i", len(token)) + token)
        if answer != AUTH_SUCCESS:
            raise ProbeError(f"answered the password with opcode {answer}")

    def count(self, query: str) -> int:
        """The number that a SELECT count(*) returns: its one bigint is the end of the answer."""
        text = query.encode()
        answer, body = self.request(QUERY, struct.pack(">I", len(text)) + text + struct.pack(">HB", CONSISTENCY_ONE, 0))
        if answer != RESULT or len(body) < 12 or body[-12:-8] != struct.pack(">i", 8):
            raise ProbeError("answered a count with something else")
        return struct.unpack(">q", body[-8:])[0]


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data
