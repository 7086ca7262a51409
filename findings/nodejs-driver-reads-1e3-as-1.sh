#!/bin/sh
# The Node.js driver shows the decimal 1E3 as "1.": to whoever prints it, makes a number of it or writes JSON, a thousand
# is one. The texts and numbers that it is given it changes in the same way, and writes 1 for '1e3' and for 1e21.
#
# cassandra-driver 4.10.0 (npm); the bytes are made and read by cassandra-driver 3.30.1 (PyPI), without a server.
#
# A decimal is digits and a scale, which is negative where the digits end in front of the point. CQL's own 1e3 is stored
# so, and so is what Python's Decimal('1000').normalize() and Java's stripTrailingZeros() give, which many call to
# make equal numbers alike. Of such a value
#   - toString(), toNumber() and JSON.stringify() drop the zeros: 1E+3 is "1.", 1 and "1.", -12E+2 is "-12.";
#   - add() and equals() know them: it is equal to 1000, not to 1, and 1E+3 + 0.5 is 1000.5;
#   - sent back as the object it is unchanged, sent back as its text it is 1.
# Given for a decimal, the text '1e3' is written as 1 and '12.5E2' as 0.125 (the scale counts the letters after
# the point, the digits end at the E). The numbers from 1e21 on, which JavaScript itself writes with an e, go the same
# way: 1e21 is 1 and 1.5e22 is 0.00015. None of this is an error.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM # dash leaves out the EXIT trap otherwise
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check cassandra-driver==3.30.1
npm install --silent --no-audit --no-fund cassandra-driver@4.10.0 >npm.log 2>&1 || { cat npm.log >&2; exit 1; }
cat >decimals.js <<'NODE'
const { BigDecimal } = require('cassandra-driver').types;
const Encoder = require('cassandra-driver/lib/encoder');
const { decimal } = require('cassandra-driver').types.dataTypes;
const encoder = new Encoder(4, {});
const told = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const read = told.map((bytes) => encoder.decode(Buffer.from(bytes, 'hex'), { code: decimal }));
for (const value of read)
  console.error(`Node.js: "${value}", ${value.toNumber()}, ${JSON.stringify({ d: value })}`);
const [thousand] = read;
const is = (text) => thousand.equals(BigDecimal.fromString(text));
console.error(`Node.js: equals 1000: ${is('1000')}, 1: ${is('1')}; + 0.5: ${thousand.add(BigDecimal.fromString('0.5'))}`);
const given = [thousand, `${thousand}`, '1e3', '12.5E2', 100000000000000000000, 1e21, 1.5e22];
console.log(JSON.stringify(given.map((each) => encoder.encode(each, { code: decimal }).toString('hex'))));
NODE
cat >decimals.py <<'PYTHON'
import json
import subprocess
from decimal import Decimal

from cassandra.cqltypes import DecimalType

values = [Decimal("1000").normalize(), Decimal("-12E2"), Decimal("1000"), Decimal("0.001")]
print("Python:", *values)
told = json.dumps([DecimalType.serialize(each, 4).hex() for each in values])
node = subprocess.run(["node", "decimals.js"], input=told, capture_output=True, text=True, check=True, timeout=60)
print(node.stderr, end="")
print("written:", *(DecimalType.deserialize(bytes.fromhex(each), 4) for each in json.loads(node.stdout)))
PYTHON
seen=$(timeout 120 python/bin/python decimals.py)
echo "$seen"
[ "$seen" = 'Python: 1E+3 -1.2E+3 1000 0.001
Node.js: "1.", 1, {"d":"1."}
Node.js: "-12.", -12, {"d":"-12."}
Node.js: "1000", 1000, {"d":"1000"}
Node.js: "0.001", 0.001, {"d":"0.001"}
Node.js: equals 1000: true, 1: false; + 0.5: 1000.5
written: 1E+3 1 1 0.125 100000000000000000000 1 0.00015' ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
