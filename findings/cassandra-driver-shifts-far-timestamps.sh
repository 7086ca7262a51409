#!/bin/sh
# Cassandra's Python driver reads timestamps after March 2242, and before October 1697, some microseconds off, and
# writes up to a quarter of what it read back as another millisecond. Its sister of ScyllaDB does not.
#
# cassandra-driver 3.30.1 and scylla-driver 3.29.12 (PyPI), without a server. A timestamp is a whole number of
# milliseconds. The former divides it by 1000.0 and hands the seconds to timedelta; where they reach 2**33, doubles are
# 2**-19 s apart and the nearest microsecond is not the right one any more. It reads
#
#     1635-02-28 07:09:20.683 as ....683001        2327-01-09 01:15:58.456 as ....455999
#
# and, as writing cuts microseconds off towards 1970, stores the one as ....684 and the other as ....455. A row cannot be
# found or deleted by the timestamp key that was read of it, and of two programs with the two drivers one does not find
# the other's. The change happens once: what has been written so reads and writes as itself.
#
# Of 2,000 timestamps of a year, drawn at random, none is off in 1698 and 2241. In 1690 and 2243 half of them are read
# off and a quarter is changed; in 3000 three quarters and a tenth.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM # dash leaves out the EXIT trap otherwise
shifted="-10566521439317 is read as 1635-02-28 07:09:20.683001 and written as -10566521439316
11266478158456 is read as 2327-01-09 01:15:58.455999 and written as 11266478158455
70262315826648 is read as 4196-07-10 05:57:06.647995 and written as 70262315826647
1690: 967 of 2000 off, 492 changed
1698: 0 of 2000 off, 0 changed
2241: 0 of 2000 off, 0 changed
2243: 980 of 2000 off, 480 changed
3000: 1462 of 2000 off, 212 changed"
exact="-10566521439317 is read as 1635-02-28 07:09:20.683000 and written as -10566521439317
11266478158456 is read as 2327-01-09 01:15:58.456000 and written as 11266478158456
70262315826648 is read as 4196-07-10 05:57:06.648000 and written as 70262315826648
1690: 0 of 2000 off, 0 changed
1698: 0 of 2000 off, 0 changed
2241: 0 of 2000 off, 0 changed
2243: 0 of 2000 off, 0 changed
3000: 0 of 2000 off, 0 changed"
for package in cassandra-driver==3.30.1 scylla-driver==3.29.12; do
    python3 -m venv "$folder/$package"
    "$folder/$package/bin/pip" install --quiet --disable-pip-version-check "$package"
    seen=$("$folder/$package/bin/python" - <<'PYTHON'
import random
from calendar import timegm

from cassandra.cqltypes import DateType


def read(milliseconds):
    return DateType.deserialize(milliseconds.to_bytes(8, "big", signed=True), 4)


def written(value):
    return int.from_bytes(DateType.serialize(value, 4), "big", signed=True)


for stored in (-10566521439317, 11266478158456, 70262315826648):
    print(stored, "is read as", read(stored), "and written as", written(read(stored)))
numbers = random.Random(5)
for year in (1690, 1698, 2241, 2243, 3000):
    start = timegm((year, 1, 1, 0, 0, 0)) * 1000
    some = [start + numbers.randrange(365 * 86400 * 1000) for _ in range(2000)]
    off = sum(read(each).microsecond % 1000 != 0 for each in some)
    changed = sum(written(read(each)) != each for each in some)
    print(f"{year}: {off} of 2000 off, {changed} changed")
PYTHON
    )
    echo "$package:"
    echo "$seen"
    case $package in cassandra-*) expected=$shifted ;; *) expected=$exact ;; esac
    [ "$seen" = "$expected" ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
done
