"""A node for the tests of cocqlsh that can go away and come back, which real ones do slowly."""

import re
import socket
import ssl
import struct
import threading


def tls_of(certificates, *, version=None, client_auth=False):
    """The TLS of a node: the certificate "node", the authority "ca"."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{certificates}/node.pem", f"{certificates}/node.key")
    if version:
        context.minimum_version = context.maximum_version = version
    if client_auth:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(f"{certificates}/ca.pem")
    return context


def string(text):
    return struct.pack(">H", len(text)) + text.encode()


def error(code, message):
    return 0x00, struct.pack(">i", code) + string(message)


def rows(values, more_pages=False):
    """One column `text` of texts."""
    state = struct.pack(">i", 4) + b"more" if more_pages else b""
    body = struct.pack(">iii", 2, 3 if more_pages else 1, 1) + state
    body += string("ks") + string("t") + string("text") + struct.pack(">H", 0x0D)
    cells = [struct.pack(">i", len(value.encode())) + value.encode() for value in values]
    return 0x08, body + struct.pack(">i", len(values)) + b"".join(cells)


class Node:
    """Remembers each statement. Those with "silent" in them are not answered, those with "drop" end the connection,
    those with "quit" the node, those with "rows" have as many rows as the number after it says."""

    def __init__(self, tls=None):
        self.tls = tls
        self.port = 0
        self.connections = 0
        self.statements = []
        self.keyspaces = {"ks"}
        self.row = "row {}".format
        self.more_pages = False  # whether results have them
        self.silenced = threading.Event()
        self.deaf = False  # takes connections and does nothing with them
        self.heard = threading.Event()
        self.listener = None
        self.open = set()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def stop(self):
        """Nothing listens any more, and all connections are cut."""
        if self.listener:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None
        for peer in list(self.open):
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            if self.deaf:
                peer.close()

    def accept(self, listener):
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        self.connections += 1
        self.open.add(peer)
        if self.deaf:
            self.heard.set()
            return
        try:
            if self.tls:
                self.open.discard(peer)
                peer = self.tls.wrap_socket(peer, server_side=True)
                self.open.add(peer)
            self.answer_all(peer.makefile("rwb"))
        except OSError:
            pass
        self.open.discard(peer)
        peer.close()

    def answer_all(self, stream):
        while len(header := stream.read(9)) == 9:
            _, _, stream_id, opcode, length = struct.unpack(">BBhBi", header)
            body = stream.read(length)
            if opcode == 0x05:
                answer = (0x06, struct.pack(">H", 0))
            elif opcode == 0x01:
                answer = (0x02, b"")
            else:
                size = struct.unpack(">i", body[:4])[0]
                answer = self.answer_to(body[4:4 + size].decode())
            if answer is None:
                continue
            if answer == "drop":
                return
            stream.write(struct.pack(">BBhBi", 0x84, 0, stream_id, answer[0], len(answer[1])) + answer[1])
            stream.flush()

    def answer_to(self, statement):
        self.statements.append(statement)
        if "silent" in statement:
            self.silenced.set()
            return None
        if "drop" in statement:
            return "drop"
        if "quit" in statement:
            self.stop()
            return "drop"
        if used := re.fullmatch(r'USE "?(\w+)"?', statement):
            if used[1] not in self.keyspaces:
                return error(0x2200, f"Keyspace '{used[1]}' does not exist")
            return 0x08, struct.pack(">i", 3) + string(used[1])
        if wanted := re.search(r"rows (\d+)", statement):
            return rows([self.row(i) for i in range(int(wanted[1]))], self.more_pages)
        return 0x08, struct.pack(">i", 1)
