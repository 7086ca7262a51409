#!/bin/sh
# A coroutine that is cancelled before it has waited for anything, and returns all the same, ends unheard in Boost.Asio: the handler of
# co_spawn() is not called, and io_context::run() throws what nobody has thrown. An earlier Asio calls the handler.
#
# Boost 1.81.0 (Debian's libboost1.81-dev 1.81.0-5+deb12u1; Asio 1.26) and Asio 1.22.1 (Debian's libasio-dev 1:1.22.1-1). A program gives
# up, from within, work that it has begun: by a callback that the work calls at once, as an observer or a limit that is reached. The
# coroutine ends as any other, by returning. Where it has waited once, its handler is called without an exception. Where it
# has not, 1.26 posts before it calls the handler, and awaits that post in the coroutine, which is cancelled: this
# throws operation_aborted, past the handler and out of run().
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM # dash leaves out the EXIT trap otherwise
cd "$folder"
apt-get download -qq -o APT::Sandbox::User=root libboost1.81-dev=1.81.0-5+deb12u1 libasio-dev=1:1.22.1-1
for package in *.deb; do dpkg-deb -x "$package" headers; done
cat >coroutine.cpp <<'CPP'
#ifdef ALONE
#include <asio.hpp>
#else
#include <boost/asio.hpp>
namespace asio = boost::asio;
#endif

#include <exception>
#include <iostream>

asio::awaitable<void> work(asio::cancellation_signal& whole, bool waits_before) {
    if (waits_before)
        co_await asio::post(asio::use_awaitable);
    whole.emit(asio::cancellation_type::terminal);
}

int main() {
    for (const bool waits_before : {true, false}) {
        asio::io_context context;
        asio::cancellation_signal whole;
        bool called = false;
        std::cout << (waits_before ? "waited before: " : "not: ");
        asio::co_spawn(context, work(whole, waits_before),
                       asio::bind_cancellation_slot(whole.slot(), [&](std::exception_ptr thrown) {
                           called = true;
                           std::cout << "handler called " << (thrown ? "with" : "without") << " an exception";
                       }));
        try {
            context.run();
        } catch (const std::exception& thrown) {
            std::cout << "run() throws " << thrown.what();
        }
        context.restart();
        context.run();
        std::cout << (called ? "" : ", handler never called") << std::endl;
    }
}
CPP
g++ -std=c++20 -isystem headers/usr/include coroutine.cpp -o with_boost -pthread
g++ -std=c++20 -DALONE -DASIO_STANDALONE -isystem headers/usr/include coroutine.cpp -o alone -pthread
seen=$(
    for program in with_boost alone; do
        echo "$program"
        timeout 60 "./$program"
    done
)
expected="with_boost
waited before: handler called without an exception
not: run() throws co_await: Operation canceled [system:125], handler never called
alone
waited before: handler called without an exception
not: handler called without an exception"
echo "$seen"
[ "$seen" = "$expected" ]
