"""Reads the pinned server versions, so that no other file repeats a number."""

from pathlib import Path

from errors import ClusterError

FILE = Path(__file__).resolve().parent / "versions"


def read() -> dict[str, str]:
    pins = {}
    for line in FILE.read_text().splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        key, separator, value = line.partition("=")
        if not separator:
            raise ClusterError(f"{FILE}: '{line}' is not 'name = value'")
        pins[key.strip()] = value.strip()
    return pins


def cassandra() -> str:
    return read()["cassandra"]


def local_image() -> str:
    """The name under which local_image stores what it builds."""
    return f"localhost/cocql-cassandra:{cassandra()}"
