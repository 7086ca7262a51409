#!/usr/bin/env python3
"""Writes python_driver.txt: requests as the Python driver (cassandra-driver 3.29.3 from PyPI) encodes them, each with
what it says. The test reads the file; this program is only there to make it again.

    pip install cassandra-driver==3.29.3 && ./python_driver.py > python_driver.txt"""

from io import BytesIO
from struct import pack

from cassandra import ConsistencyLevel as level
from cassandra.protocol import (AuthResponseMessage, BatchMessage, ExecuteMessage, OptionsMessage, PrepareMessage,
                                QueryMessage, RegisterMessage, StartupMessage, _UNSET_VALUE)
from cassandra.query import BatchType


def frame(message, version, stream):
    body = BytesIO()
    message.send_body(body, version)
    return pack(">BBhBI", version, 0, stream, message.opcode, len(body.getvalue())) + body.getvalue()


def value_text(value):
    return "null" if value is None else "unset" if value is _UNSET_VALUE else value.hex()


def parameters_text(message):
    text = " " + level.value_to_name[message.consistency_level]
    for value in message.query_params or []:
        text += " " + value_text(value)
    if message.fetch_size:
        text += f" page {message.fetch_size}"
    if message.paging_state:
        text += f" after {message.paging_state.hex()}"
    if message.serial_consistency_level:
        text += " serial " + level.value_to_name[message.serial_consistency_level]
    if message.timestamp is not None:
        text += f" at {message.timestamp}"
    if message.keyspace:
        text += f" in {message.keyspace}"
    return text


def text(message, version):
    if isinstance(message, StartupMessage):
        options = {"CQL_VERSION": message.cqlversion, **message.options}
        return "STARTUP" + "".join(f" {key}={options[key]}" for key in sorted(options))
    if isinstance(message, AuthResponseMessage):
        return f"AUTH_RESPONSE {message.response.hex()}"
    if isinstance(message, RegisterMessage):
        return "REGISTER " + " ".join(message.event_list)
    if isinstance(message, PrepareMessage):
        return f"PREPARE '{message.query}'" + (f" in {message.keyspace}" if message.keyspace else "")
    if isinstance(message, QueryMessage):
        return f"QUERY '{message.query}'" + parameters_text(message)
    if isinstance(message, ExecuteMessage):
        metadata = f" metadata {message.result_metadata_id.hex()}" if version >= 5 else ""
        return f"EXECUTE {message.query_id.hex()}{metadata}" + parameters_text(message)
    if isinstance(message, BatchMessage):
        return (f"BATCH {message.batch_type.value} of {len(message.queries)} "
                + level.value_to_name[message.consistency_level])
    return message.name


def messages(version):
    keyspace = {"keyspace": "app"} if version >= 5 else {}
    unset = _UNSET_VALUE if version >= 4 else None
    yield OptionsMessage()
    yield StartupMessage(cqlversion="3.4.7", options={})
    yield AuthResponseMessage(b"\0cassandra\0secret")
    yield RegisterMessage(["TOPOLOGY_CHANGE", "STATUS_CHANGE", "SCHEMA_CHANGE"])
    yield PrepareMessage("SELECT * FROM app.people WHERE id = ?")
    yield PrepareMessage("SELECT name FROM people", **keyspace)
    yield QueryMessage("SELECT now() FROM system.local", level.ONE)
    yield QueryMessage("", level.ANY)
    yield QueryMessage("SELECT 'caf\u00e9'", level.QUORUM, fetch_size=5000)
    yield QueryMessage("SELECT 1", level.LOCAL_QUORUM, fetch_size=1, paging_state=b"\x01\x02\xff")
    yield QueryMessage("UPDATE t SET v = 1 WHERE k = 1 IF v = 2", level.EACH_QUORUM,
                       serial_consistency_level=level.LOCAL_SERIAL)
    yield QueryMessage("INSERT INTO t (k) VALUES (1)", level.ALL, timestamp=1700000000000000)
    yield QueryMessage("SELECT 2", level.LOCAL_ONE, level.SERIAL, 100, b"\x00", 7, **keyspace)
    for values in ([], [b""], [b"\0\0\0\7", None], [unset, b"x" * 300]):
        yield ExecuteMessage(b"\x01\x02\x03\x04", values or None, level.TWO, result_metadata_id=b"\xaa\xbb")
    yield ExecuteMessage(b"\xff" * 16, [b"\1"], level.THREE, level.SERIAL, 10, b"\x05" * 20, 0,
                         result_metadata_id=b"\xcc" * 16)
    for kind in (BatchType.LOGGED, BatchType.UNLOGGED, BatchType.COUNTER):
        yield BatchMessage(kind, [(False, "INSERT INTO t (k) VALUES (1)", []), (True, b"\x01\x02", [b"a", None])],
                           level.ONE)
    yield BatchMessage(BatchType.LOGGED, [], level.QUORUM, level.SERIAL, 5, **keyspace)


print("# Made by python_driver.py. Three lines each: name, what it says, bytes in hex.\n")
for version in (3, 4, 5):
    for number, message in enumerate(messages(version)):
        print(f"frame v{version} {number} {message.name}")
        print("  " + text(message, version))
        print("  " + frame(message, version, number).hex())
