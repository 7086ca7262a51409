#!/bin/sh
# Cassandra offers snappy to a client that speaks protocol version 5, and refuses it to whoever then asks for it.
#
# Apache Cassandra 5.0.6 (Maven Central, started by tools/cluster), asked over a bare socket by Python's own library.
# SUPPORTED is one list for all versions, so that the answer to an OPTIONS in a version 5 frame names snappy beside lz4
# (its own frame says version 5). STARTUP with COMPRESSION=snappy in version 5 is ERROR 0x000A, in version 4 READY, and
# lz4 is READY in both. A client that takes the first offer it knows must itself know that version 5 has lz4 only. The
# refusal does not end the connection: a STARTUP with lz4 on it is READY.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
cluster() { "$here/tools/cluster/cluster" "$@" --name finding --directory "$folder/cluster"; }
trap 'cluster down >"$folder/log" 2>&1 || cat "$folder/log" >&2; rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM # dash leaves out the EXIT trap otherwise
cluster up --backend cassandra >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
eval "$(cluster env)"
seen=$(python3 - <<'PYTHON'
import os
import socket
import struct

ERROR, STARTUP, READY, OPTIONS, SUPPORTED = 0, 1, 2, 5, 6


def text(value):
    return struct.pack(">H", len(value)) + value.encode()


def take(bytes_, at):
    length = struct.unpack_from(">H", bytes_, at)[0]
    return bytes_[at + 2:at + 2 + length].decode(), at + 2 + length


class Client:
    def __init__(self, version):
        self.version = version
        self.socket = socket.create_connection((os.environ["COCQL_CONTACT_POINTS"], int(os.environ["COCQL_PORT"])), 20)
        self.reader = self.socket.makefile("rb")

    def ask(self, opcode, body=b""):
        self.socket.sendall(struct.pack(">BBHBI", self.version, 0, 0, opcode, len(body)) + body)
        version, _, _, answer, length = struct.unpack(">BBHBI", self.reader.read(9))
        return version & 0x7F, answer, self.reader.read(length)

    def start(self, compression):
        options = {"CQL_VERSION": "3.0.0", "COMPRESSION": compression}
        body = struct.pack(">H", len(options)) + b"".join(text(k) + text(v) for k, v in options.items())
        _, answer, reply = self.ask(STARTUP, body)
        if answer == READY:
            return "READY"
        assert answer == ERROR, answer
        return f"ERROR 0x{struct.unpack_from('>I', reply)[0]:04X} {take(reply, 4)[0]}"


def offered(body):
    count, at = struct.unpack_from(">H", body)[0], 2
    for _ in range(count):
        name, at = take(body, at)
        values, at = struct.unpack_from(">H", body, at)[0], at + 2
        found = []
        for _ in range(values):
            value, at = take(body, at)
            found.append(value)
        if name == "COMPRESSION":
            return " ".join(sorted(found))


for version in (4, 5):
    client = Client(version)
    answered, opcode, body = client.ask(OPTIONS)
    assert opcode == SUPPORTED
    print(f"version {version}: SUPPORTED in version {answered} offers {offered(body)}")
    first = client.start("snappy")
    print(f"version {version}: snappy: {first}")
    again = client if first != "READY" else Client(version)
    print(f"version {version}: lz4{' on the same connection' if again is client else ''}: {again.start('lz4')}")
PYTHON
)
echo "$seen"
[ "$seen" = "version 4: SUPPORTED in version 4 offers lz4 snappy
version 4: snappy: READY
version 4: lz4: READY
version 5: SUPPORTED in version 5 offers lz4 snappy
version 5: snappy: ERROR 0x000A Snappy compression is not supported in protocol V5
version 5: lz4 on the same connection: READY" ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
