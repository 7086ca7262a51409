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
    content = text if isinstance(text, bytes) else text.encode()
    return struct.pack(">H", len(content)) + content


def error(code, message):
    return 0x00, struct.pack(">i", code) + string(message)


def rows(values, more_pages=False):
    """One column `text` of texts."""
    state = struct.pack(">i", 4) + b"more" if more_pages else b""
    body = struct.pack(">iii", 2, 3 if more_pages else 1, 1) + state
    body += string("ks") + string("t") + string("text") + struct.pack(">H", 0x0D)
    cells = [struct.pack(">i", len(value.encode())) + value.encode() for value in values]
    return 0x08, body + struct.pack(">i", len(values)) + b"".join(cells)


TEXT, BIGINT, INT, DOUBLE, FLOAT, TIMESTAMP, UUID, INET, TIMEUUID = (
    struct.pack(">H", kind) for kind in (0x0D, 0x02, 0x09, 0x07, 0x08, 0x0B, 0x0C, 0x10, 0x0F))


def set_of(element):
    return struct.pack(">H", 0x22) + element


def list_of(element):
    return struct.pack(">H", 0x20) + element


def map_of(key, value):
    return struct.pack(">H", 0x21) + key + value


def tuple_of(*parts):
    return struct.pack(">HH", 0x31, len(parts)) + b"".join(parts)


def udt_of(name, **fields):
    return (struct.pack(">H", 0x30) + string("ks") + string(name) + struct.pack(">H", len(fields)) +
            b"".join(string(field) + kind for field, kind in fields.items()))


def sized(value):
    """A value as [bytes]: text, an integer of eight bytes, bytes as they are, and None."""
    if value is None:
        return struct.pack(">i", -1)
    if isinstance(value, int):
        value = struct.pack(">q", value)
    if isinstance(value, str):
        value = value.encode()
    return struct.pack(">i", len(value)) + value


def elements(*values):
    """The bytes of a list or set, and of a map whose keys and values alternate."""
    return struct.pack(">i", len(values)) + b"".join(map(sized, values))


def pairs(mapping):
    return struct.pack(">i", len(mapping)) + b"".join(sized(each) for entry in mapping.items() for each in entry)


def table(columns, *lines):
    """Rows of these columns, names with their types."""
    body = struct.pack(">iii", 2, 1, len(columns)) + string("ks") + string("t")
    body += b"".join(string(name) + kind for name, kind in columns.items())
    return 0x08, body + struct.pack(">i", len(lines)) + b"".join(sized(value) for line in lines for value in line)


def used(keyspace):
    return 0x08, struct.pack(">i", 3) + string(keyspace)


def nothing():
    return 0x08, struct.pack(">i", 1)


class Node:
    """Remembers each statement, and in `told` also on which connection and in which keyspace it came. Those with "silent"
    in them are not answered, those with "drop" end the connection, those with "quit" the node, those with "rows" have as
    many rows as the number after it says. What `answers` has for a part of the statement comes before all of that."""

    def __init__(self, tls=None, path=None):
        self.tls = tls
        self.path = path  # of a UNIX socket, in place of a port
        self.port = 0
        self.connections = 0
        self.statements = []  # without the ; at their ends
        self.received = []  # as they came
        self.told = []  # (connection, keyspace, statement without ;)
        self.answers = {}
        self.supported = {}
        self.startups = []  # what each STARTUP says
        self.warnings = []  # with each answer to a statement
        self.authenticator = None  # its class: a login is wanted
        self.accounts = {}  # user: password; who is not among them is refused, unless there is none
        self.logins = []  # (user, password)
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
        if self.path:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(self.path)
            self.listener.listen()
        else:
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

    def started(self, body):
        texts, at = [], 2
        while at < len(body):
            size = struct.unpack(">H", body[at:at + 2])[0]
            texts.append(body[at + 2:at + 2 + size].decode())
            at += 2 + size
        self.startups.append(dict(zip(texts[::2], texts[1::2])))
        wanted = self.authenticator or ("PasswordAuthenticator" if self.accounts else None)
        return (0x03, string(wanted)) if wanted else (0x02, b"")

    def logged_in(self, body):
        _, user, secret = body[4:].decode().split("\0")
        self.logins.append((user, secret))
        if not self.accounts or self.accounts.get(user) == secret:
            return 0x10, struct.pack(">i", -1)
        return error(0x0100, "Provided username and/or password are incorrect")

    def answer_all(self, stream):
        number, keyspace = self.connections, ""
        while len(header := stream.read(9)) == 9:
            _, _, stream_id, opcode, length = struct.unpack(">BBhBi", header)
            body = stream.read(length)
            warned = []
            if opcode == 0x05:
                options = b"".join(string(name) + struct.pack(">H", len(values)) + b"".join(map(string, values))
                                   for name, values in self.supported.items())
                answer = (0x06, struct.pack(">H", len(self.supported)) + options)
            elif opcode == 0x01:
                answer = self.started(body)
            elif opcode == 0x0F:
                answer = self.logged_in(body)
            else:
                size = struct.unpack(">i", body[:4])[0]
                statement = body[4:4 + size].decode(errors="replace")
                self.told.append((number, keyspace, statement.removesuffix(";")))
                answer = self.answer_to(statement)
                if isinstance(answer, tuple) and answer[0] == 0x08 and answer[1].startswith(struct.pack(">i", 3)):
                    keyspace = answer[1][6:].decode(errors="replace")
                warned = self.warnings
            if answer is None:
                continue
            if answer == "drop":
                return
            opcode, body = answer
            if warned:
                body = struct.pack(">H", len(warned)) + b"".join(map(string, warned)) + body
            stream.write(struct.pack(">BBhBi", 0x84, 8 if warned else 0, stream_id, opcode, len(body)) + body)
            stream.flush()

    def answer_to(self, statement):
        self.received.append(statement)
        statement = statement.removesuffix(";")
        self.statements.append(statement)
        for part, answer in self.answers.items():
            if part in statement:
                return answer(statement) if callable(answer) else answer
        if "silent" in statement:
            self.silenced.set()
            return None
        if "drop" in statement:
            return "drop"
        if "quit" in statement:
            self.stop()
            return "drop"
        if name := re.fullmatch(r'USE *"?(\w+)"?', statement):
            if name[1] not in self.keyspaces:
                return error(0x2200, f"Keyspace '{name[1]}' does not exist")
            return used(name[1])
        if wanted := re.search(r"rows (\d+)", statement):
            return rows([self.row(i) for i in range(int(wanted[1]))], self.more_pages)
        return nothing()
