#!/usr/bin/env python3
"""Writes the seed corpora from the golden frames. Files that are there already stay: inputs that once
crashed a target are kept beside the seeds."""

import hashlib
import pathlib

here = pathlib.Path(__file__).parent
golden = here / "../core/message/golden/scylla.txt"


def save(target, content):
    folder = here / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(content).hexdigest()[:16]).write_bytes(content)


def frames():
    lines = [line for line in golden.read_text().splitlines() if line and not line.startswith("#")]
    for name, _, digits in zip(lines[0::3], lines[1::3], lines[2::3]):
        content = bytes.fromhex(digits)
        if name.startswith("body"):
            content = bytes.fromhex("8400000006") + len(content).to_bytes(4, "big") + content
        yield content, 0x10 if name.startswith("versions") else 0


stream = b""
for frame, agreed in frames():
    version, flags, opcode, body = frame[0], frame[1], frame[4], frame[9:]
    choice = bytes([flags | agreed | (0x80 if version & 0x7F == 3 else 0x40 if version & 0x7F == 5 else 0)])
    if len(frame) < 400:
        stream += frame
    if version < 0x80:
        save("requests", bytes([opcode]) + choice + body)
    elif opcode == 0x00:
        save("response_error", choice + body)
    elif opcode == 0x06:
        save("response_supported", choice + body)
    elif opcode == 0x0C:
        save("response_event", choice + body)
    elif opcode == 0x08:
        save("page", bytes([flags]) + body)
        kinds = {2: "result_rows", 4: "result_prepared"}
        if flags == 0 and body[3] in kinds:
            save(kinds[body[3]], b"\x00" + body[4:])
    else:
        chosen = {0x03: 0, 0x0E: 1, 0x10: 2, 0x02: 3}[opcode]
        save("response_authentication", bytes([chosen]) + choice + body)
save("response_authentication", bytes.fromhex("01 00 00000002 0102"))
for piece in (1, 8, 9, 10, 100):
    save("frame_assembler", bytes([piece - 1]) + stream[:2000])

cell = (4).to_bytes(4, "big") + bytes.fromhex("00000007")
for rows in (b"", cell + b"\xff\xff\xff\xff", cell + (5).to_bytes(4, "big") + b"Grace", 2 * (cell + (300).to_bytes(4, "big") + 300 * b"x")):
    count = 0 if not rows else 2 if len(rows) > 300 else 1
    save("usual_page", b"\x00" + count.to_bytes(4, "big") + rows)
save("usual_page", b"\x01" + bytes.fromhex("00000002 00000001 00000002 0002 6b73 0001 74 0001 6b 0009 0001 76 000d 00000000"))


def text(word):
    return len(word).to_bytes(2, "big") + word.encode()


for target in ("KEYSPACE", "TABLE", "TYPE", "FUNCTION", "AGGREGATE"):
    change = text("CREATED") + text(target) + text("ks")
    if target != "KEYSPACE":
        change += text("name")
    if target in ("FUNCTION", "AGGREGATE"):
        change += bytes([0, 1]) + text("int")
    save("result_schema_change", b"\x00" + change)
    save("response_event", b"\x00" + text("SCHEMA_CHANGE") + change)
save("response_event", b"\x00" + text("GRACEFUL_DISCONNECT"))
failed = bytes.fromhex("0005 00000001 00000002 00000002 04 7f000002 0002 10 fd000000000000000000000000000003 f003")
save("response_error", b"\x01" + bytes.fromhex("00001300") + text("m") + failed + b"\x00")
save("response_error", b"\x01" + bytes.fromhex("00001500") + text("m") + failed + text("SIMPLE"))

for digits in (
    "0009", "0020 0009", "0021 000d 0020 0009", "0031 0002 0009 0022 000d",
    "0030 0002 6b73 0001 74 0002 0001 61 000d 0001 62 0031 0001 000c", "0000 0003 612e62",
    "0000 002c 6f72672e6170616368652e63617373616e6472612e64622e6d61727368616c2e4475726174696f6e54797065",
):
    save("types", bytes.fromhex(digits))
    save("values", b"\xff" + bytes.fromhex(digits) + bytes.fromhex("00000001 00000004 00000001"))
samples = (
    "616263", "0000000000000001", "00ff", "01", "0000000000000001", "00000002 04d2", "3fb999999999999a",
    "3fc00000", "00000001", "000001a20c91a07b", "d83dff198b754a2b96fabb0aba4878a8", "636166c3a9 c285 0a",
    "00ffffffffffffffffff", "00000000000010008000000000000000", "20010db8000000000000000000000001",
    "8000512d", "00004e94914effff", "7fff", "80", "1c06fc1ac004a5c612", "00000001 00000004 00000001",
    "00000001 00000003 622763", "00000001 00000001 61 00000004 00000001 00000003 000000".replace(" ", ""),
    "00000004 00000001 00000005 0000000201 00000001 ff", "00000001 78 0000000c 00000001 00000004 7f000001", "00",
)
for index, digits in enumerate(samples):
    save("values", bytes([index]) + bytes.fromhex(digits))
for digits in (
    "07 00 00000003 616263 0001 ff 0001 0001 6e 00000001 61 00000064 00000001 aa 0008 0000000000000001",
    "07 00 00000003 616263 0001 00", "09 00 00000003 616263", "05 00", "0b 00 0001 0003 616263",
    "0a 00 0002 0102 0001 01 0001 fffffffe",
    "0d 00 01 0002 00 00000003 616263 0000 01 0002 0102 0001 ffffffff 0001 30 0008 0000000000000001",
):
    save("requests", bytes.fromhex(digits.replace(" ", "")))

for target, bodies in {
    "lz4": ("0000000f 32 616263 0300 60 616161616161", "00000000 00", "00000005 50 6162636465", "00000400 1f 61 0100 ff"),
    "snappy": ("09 08 616263 0903", "00", "05 10 6162636465", "8008 08 616263 0903"),
}.items():
    for digits in bodies:
        save(target, b"\x00" + bytes.fromhex(digits))
    save(target, b"\x01" + b"statement statement statement")
    save(target, b"\xff" + b"row row row")
frame = bytes.fromhex("85 00 0001 08 00000004 00000001")
for choice in (0, 2, 3, 6, 7, 0x12, 0x13):
    whole = bytes([1, len(frame)]) + frame
    parts = bytes([0, 5]) + frame[:5] + bytes([0, 8]) + frame[5:]
    save("segments", bytes([choice]) + whole + parts + whole)
# All literals, with lz4 agreed on.
save("segments", bytes([3, 1 | 2, len(frame) + 1, len(frame), len(frame) << 4]) + frame)
save("segments", bytes.fromhex("00 0d0002") + bytes(3) + frame + bytes(4))
for choice in (0x06, 0x07, 0xE6, 0xE7):
    save("segments", bytes([choice]) + bytes.fromhex("7f aa 85 bb 40 cc ff dd 3f ee 7f 00"))
for digits in (
    "07 40 00000003 616263 0001 000001ff 0001 0001 6e 00000001 61 00000064 00000001 aa 0008 0000000000000001 0002 6b73 00000007",
    "09 40 00000003 616263 00000001 0002 6b73", "0a 40 0002 0102 0002 0304 0001 00000001 0001 fffffffe",
    "0a 20 0002 0102 0002 0304 0001 01 0001 fffffffe",
    "0d 40 01 0001 00 00000003 616263 0000 0001 000001b0 0008 0000000000000001 0002 6b73 00000007",
):
    save("requests", bytes.fromhex(digits))
save("response_error", bytes.fromhex("40 00001300 0001 6d 0001 00000001 00000003 00000002 04 7f000002 0001 04 7f000003 0000 01"))
save("response_error", bytes.fromhex("40 00001500 0001 6d 0001 00000000 00000001 00000001 10 20010db8000000000000000000000001 0002 0006 53494d504c45"))
save("response_error", bytes.fromhex("40 00001100 0001 6d 0008 00000001 00000002 0003 434153 0005"))
save("response_error", bytes.fromhex("40 00001700 0001 6d 0008 00000001 00000002"))
save("result_prepared", bytes.fromhex("40 0001 aa 0002 bbcc 00000001 00000000 00000000 00000004 00000000"))

for piece, statements in enumerate((
        b"SELECT a FROM t WHERE k=/* c */:id AND b=? LIMIT:n; UPDATE t SET c=c+:d -- ?\n WHERE k = :\"Id\";",
        b"INSERT INTO t (m, u) VALUES ({'k' :true, 'it''s ?'::v, (int):x, (1, 2)::y}, {street:?, code: :c});",
        b"BEGIN BATCH UPDATE t SET a=:a; DELETE FROM t // ?\r WHERE k=?; APPLY BATCH; HELP :x\n?\n:y;",
        b"CREATE FUNCTION f() AS $$ ? $ :x; '$$; SELECT m[:a..:b], \"a \"\" ?\" FROM t; {'a': P0001-02-03T04:05:06}")):
    save("markers", bytes([6 * piece]) + statements)

package = "org.apache.cassandra.db.marshal."
for spelling in (
        f"{package}VectorType({package}FloatType , 3)",
        f"{package}MapType({package}UTF8Type,{package}ListType({package}Int32Type))",
        f"{package}UserType(ks,61646472657373,737472656574:{package}UTF8Type)",
        f"{package}FrozenType({package}TupleType({package}LongType,{package}DurationType))"):
    save("class_name", spelling.encode())
for choice, digits in enumerate((
        "616263", "0000000000000001", "00ff", "01", "0000000204d2", "3ff8000000000000", "3fc00000", "00000007",
        "0000000000000005", "138140001dd211b28000000000000000", "636166c3a9", "ff7f", "7f000001", "80000001",
        "0000000000000001", "7fff", "ff", "020406", "000000020000000400000001ffffffff", "000000010000000161",
        "0000000100000001610000000b0000000100000003020406", "0000000100000001610000000400000007",
        "00000004000000010000000500000002" "05", "0000000400000007" "00000003456c6d" "000000047f000001",
        "3fc000004000000040400000", "0161026263",
        "0000000000000001000000000000000200000000000000030000000000000004")):
    save("codecs", bytes([choice]) + bytes.fromhex(digits))

replica = "0000001c00000010c4b5d1f2a09c4e0da80d2b7b20a028bc0000000400000001"
for tokens, replicas, version in (
        ("c7ffffffffffffff cfffffffffffffff", 1, ""), ("8000000000000000 7fffffffffffffff", 3, ""),
        ("bfffffffffffffff c7ffffffffffffff", 1, "00000008 3d4cb40168f8f659"), ("ffffffffffffff9c 0000000000000064", 0, "")):
    after, last = tokens.split()
    listed = (replicas).to_bytes(4, "big") + replicas * bytes.fromhex(replica)
    save("tablet", bytes.fromhex(f"00000008{after}00000008{last}") + len(listed).to_bytes(4, "big") + listed + bytes.fromhex(version))

for spelling in ("map<text, frozen<tuple<address, vector<float, 3>>>>", "frozen<list<frozen<address>>>", "\"Odd \"\"name\"\"\"",
                 "'org.example.Own'", "'org.apache.cassandra.db.marshal.ListType(org.apache.cassandra.db.marshal.Int32Type)'",
                 "set<duration>", "other"):
    save("cql_type", spelling.encode())


def cells(*contents):
    return b"".join(b"\xff\xff\xff\xff" if each is None else len(each).to_bytes(4, "big") + each for each in contents)


def texts(*contents):
    return len(contents).to_bytes(4, "big") + cells(*contents)


host_id = bytes.fromhex("c4b5d1f2a09c4e0da80d2b7b20a028bc")
version = host_id[::-1]
address = bytes([127, 0, 0, 2])
port = (9042).to_bytes(4, "big")
tokens = texts(b"-9223372036854775808", b"5", b"-7")
peer = cells(address, b"dc1", host_id, None, b"r1", b"5.0.6", address, version, tokens)
save("system_hosts", bytes([0, 1]) + peer)
save("system_hosts", bytes([0, 2]) + peer + cells(address, b"dc1", version, None, b"r1", b"5.0.6", bytes(4), None, texts(b"9")))
save("system_hosts", bytes([0, 1]) + cells(address, b"", None, None, None, None, None, None, None))
save("system_hosts", bytes([1, 1]) + cells(address, port, b"dc1", host_id, address, port, None, None, b"r1", b"5.0.6", version, tokens))
save("system_hosts", bytes([1, 1]) + cells(b"local", address, b"Test Cluster", b"dc1", host_id, b"org.apache.cassandra.dht.Murmur3Partitioner",
                                           b"r1", b"5.0.6", address, port, version, tokens))

def pairs(*contents):
    return (len(contents) // 2).to_bytes(4, "big") + cells(*contents)


number = (1).to_bytes(4, "big")
for which, row in enumerate((
        cells(b"ks", b"\x01", pairs(b"class", b"NetworkTopologyStrategy", b"dc", b"3/1")), cells(b"ks", number, b"global"),
        cells(b"ks", b"t", b"com.scylladb.dht.CDCPartitioner"), cells(b"ks", b"point", texts(b"x", b"y"), texts(b"int", b"list<text>")),
        cells(b"ks", b"t", host_id), cells(b"ks", b"v", b"t", host_id),
        cells(b"ks", b"t", b"k", b"none", b"partition_key", bytes(4), b"uuid") + cells(b"ks", b"t", b"c", b"desc", b"clustering", number, b"'x.Y'"),
        cells(b"ks", b"t", b"i", b"COMPOSITES", pairs(b"target", b"value")))):
    save("system_schema", bytes([which, 2 if which == 6 else 1]) + row)


def tablet_page(*rows):
    content = b"".join(rows)
    return bytes([len(rows)]) + len(content).to_bytes(2, "big") + content


def tablet_row(table, last, of_all, *places, base=None):
    listed = len(places).to_bytes(4, "big") + b"".join(cells(cells(host, shard.to_bytes(4, "big"))) for host, shard in places)
    return cells(table, None if last is None else last.to_bytes(8, "big", signed=True), base, b"ks", listed if places else None, b"t",
                 of_all.to_bytes(4, "big"))


first, second = tablet_row(host_id, -1, 2, (host_id, 3), (version, 0)), tablet_row(host_id, 2**63 - 1, 2, (version, 1))
save("system_tablets", tablet_page(first, second))
save("system_tablets", tablet_page(first) + tablet_page(second, tablet_row(version, None, 0, base=host_id)))
save("system_tablets", tablet_page(second, first))
save("system_tablets", tablet_page(first, tablet_row(host_id, 5, 4, (version, 1)), second))
save("system_tablets", tablet_page(tablet_row(version, 7, 1, (host_id, 2**32 - 1))) + tablet_page(tablet_row(host_id, 7, 1)))
save("system_tablets", tablet_page(*7 * [first]) + tablet_page(*7 * [second]))

for text in (
        "; comment\n[connection]\nhostname = db.example.com\nPort: 9142\n  \n[ssl] ; comment\n  validate = off\n  certfile = ~/ca.pem\n",
        "[DEFAULT]\nbase = /x\n[ssl]\ncertfile = %(base)s/%%\nlong = one\n  two\n\n # c\n  three\n", "[a]\nx = %(y)s\ny = %(x)s\n",
        "[a]\nx\n", "x = 1\n", "[a]\nx = 1\nX = 2\n", "[a]\n[b]\n[a]\n", "[a]\r\nx\u00a0= 1\r\u2003y = 2\n\u3000 3\n"):
    save("cqlshrc", text.encode())
