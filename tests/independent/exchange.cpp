// Our half of tests/independent/run: writes random messages with a line about each, or reads
// messages that the independent codec wrote.

#include "message_reader.hpp"
#include "random_messages.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>

namespace {

using namespace cocql;

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<compression> compression_of(std::string_view name) {
    if (name == "none")
        return compression::none;
    if (name == "lz4")
        return compression::lz4;
    if (name == "snappy")
        return compression::snappy;
    return std::nullopt;
}

int write(protocol_version version, compression kind, std::uint64_t seed, std::uint64_t count,
          std::ostream& frames, std::ostream& lines) {
    tests::random_messages messages(version, seed);
    tests::message_reader reader(version, kind, [](const tests::whole_message&) {});
    base::buffer frame;
    base::buffer out;
    std::uint64_t written = 0;
    const auto flush = [&] {
        frames.write(reinterpret_cast<const char*>(out.data()),
                     static_cast<std::streamsize>(out.size()));
        written += out.size();
        out.clear();
    };
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto whole = messages.next();
        frame.clear();
        if (auto encoded = tests::encode(whole, frame); !encoded) {
            std::cerr << "message " << i << ": " << encoded.error().what() << "\n"
                      << tests::describe(whole) << "\n";
            return 1;
        }
        lines << tests::describe(whole) << "\n";
        if (reader.framing().writes_plainly())
            out.append(frame);
        else
            reader.framing().append(out, frame, written + out.size());
        // Some messages share a segment, as they do when they wait to be sent.
        if (out.size() > 20'000)
            flush();
    }
    flush();
    return frames.flush() && lines.flush() ? 0 : 1;
}

int read(protocol_version version, compression kind, std::istream& frames, std::ostream& lines) {
    std::uint64_t count = 0;
    tests::message_reader reader(version, kind, [&](const tests::whole_message& whole) {
        lines << tests::describe(whole) << "\n";
        ++count;
    });
    std::array<char, 65'536> block;
    while (frames.read(block.data(), block.size()) || frames.gcount() > 0) {
        const auto taken = static_cast<std::size_t>(frames.gcount());
        if (auto fed = reader.feed(std::as_bytes(std::span(block).first(taken))); !fed) {
            lines.flush();
            std::cerr << "after message " << count << ": " << fed.error().what() << "\n";
            return 1;
        }
    }
    if (reader.in_middle()) {
        std::cerr << "the last frame is cut short\n";
        return 1;
    }
    return lines.flush() ? 0 : 1;
}

int usage() {
    std::cerr << "usage: exchange write VERSION COMPRESSION SEED COUNT FRAMES LINES\n"
                 "       exchange read VERSION COMPRESSION FRAMES LINES\n";
    return 2;
}

} // namespace

int main(int count, char** words) {
    const std::span arguments(words, static_cast<std::size_t>(count));
    if (count != 8 && count != 6)
        return usage();
    const auto version = number(arguments[2]);
    const auto kind = compression_of(arguments[3]);
    if (!version || *version < 3 || *version > 5 || !kind)
        return usage();
    const auto spoken = static_cast<protocol_version>(*version);
    if (std::strcmp(arguments[1], "write") == 0 && count == 8) {
        const auto seed = number(arguments[4]);
        const auto wanted = number(arguments[5]);
        if (!seed || !wanted)
            return usage();
        std::ofstream frames(arguments[6], std::ios::binary);
        std::ofstream lines(arguments[7]);
        return write(spoken, *kind, *seed, *wanted, frames, lines);
    }
    if (std::strcmp(arguments[1], "read") == 0 && count == 6) {
        std::ifstream frames(arguments[4], std::ios::binary);
        if (!frames) {
            std::cerr << "cannot open " << arguments[4] << "\n";
            return 1;
        }
        std::ofstream lines(arguments[5]);
        return read(spoken, *kind, frames, lines);
    }
    return usage();
}
