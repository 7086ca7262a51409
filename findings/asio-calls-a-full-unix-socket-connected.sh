#!/bin/sh
# Where the queue of a UNIX socket's server is full, Boost.Asio, asyncio and trio call a connection made that is none; the
# first use of it fails. uvloop, on libuv, says what the system said.
#
# Boost 1.81.0 (Debian's libboost1.81-dev 1.81.0-5+deb12u1), asyncio of the python3 that is here (seen with 3.11), trio 0.31.0
# and uvloop 0.21.0 (PyPI), on Linux. A server that is busy accepts late, and the system then refuses whoever does not want to
# wait, by EAGAIN: there is no attempt under way. The three take it for EINPROGRESS, as over TCP: they wait until
# the socket can be written to, which it can at once, ask it for its error, which is none, and are content. What
# is sent then fails as "not connected" (ENOTCONN), or, in asyncio, the first read ends with EINVAL.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM # dash leaves out the EXIT trap otherwise
cd "$folder"
apt-get download -qq -o APT::Sandbox::User=root libboost1.81-dev=1.81.0-5+deb12u1
dpkg-deb -x libboost1.81-dev_*.deb boost
cat >connect.cpp <<'CPP'
#include <boost/asio.hpp>

#include <iostream>

namespace asio = boost::asio;

int main(int, char** words) {
    asio::io_context context;
    asio::local::stream_protocol::socket client(context);
    client.async_connect(words[1], [&](boost::system::error_code connected) {
        boost::system::error_code written;
        client.write_some(asio::buffer("x", 1), written);
        std::cout << "Asio: connect: " << connected.message() << ", write: " << written.message() << std::endl;
    });
    context.run();
}
CPP
g++ -std=c++20 -isystem boost/usr/include connect.cpp -o connect -pthread
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check trio==0.31.0 uvloop==0.21.0
cat >connect.py <<'PYTHON'
import asyncio
import socket
import subprocess

import trio
import uvloop

server = socket.socket(socket.AF_UNIX)
server.bind("socket")
server.listen(1)
waiting = [server]
try:
    while True:
        waiting.append(socket.socket(socket.AF_UNIX))
        waiting[-1].setblocking(False)
        waiting[-1].connect("socket")
except BlockingIOError:
    pass
print(subprocess.run(["./connect", "socket"], capture_output=True, text=True, check=True, timeout=60).stdout, end="")


async def with_asyncio():
    reader, _ = await asyncio.open_unix_connection("socket")
    try:
        await reader.read(1)
    except OSError as failed:
        return f"connect: Success, read: {failed.strerror}"


async def with_trio():
    stream = await trio.open_unix_socket("socket")
    try:
        await stream.send_all(b"x")
    except trio.BrokenResourceError as failed:
        return f"connect: Success, write: {failed.__cause__.strerror}"


print("asyncio:", asyncio.run(with_asyncio()))
print("trio:", trio.run(with_trio))
try:
    uvloop.run(with_asyncio())
except OSError as failed:
    print("uvloop: connect:", failed.strerror)
PYTHON
seen=$(timeout 120 python/bin/python connect.py)
expected="Asio: connect: Success, write: Transport endpoint is not connected
asyncio: connect: Success, read: Invalid argument
trio: connect: Success, write: Transport endpoint is not connected
uvloop: connect: Resource temporarily unavailable"
echo "$seen"
[ "$seen" = "$expected" ]
