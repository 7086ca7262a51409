#include "core/wire/frame_assembler.hpp"

#include "core/base/recycling.hpp"
#include "core/wire/over_limit.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace cocql::wire {

namespace {

/// What a long body may allocate before any of its bytes has come; a page of rows is seldom longer.
/// With what std::shared_ptr needs it is one block of base::allocate_recycled().
constexpr std::size_t first_allocation = 512 * 1024 - 64;
/// Less of a body than this is left to the reader's buffer, which the next frames fit into as well.
constexpr std::size_t least_room = 32 * 1024;

} // namespace

result<std::size_t> frame_assembler::feed(std::span<const std::byte> bytes) {
    const auto given = bytes.size();
    stopped_ = false;
    while (!bytes.empty() && !stopped_) {
        if (auto received = feed_whole(bytes); !received)
            return received.error();
        if (bytes.empty() || stopped_)
            break;
        if (header_size_ == 0 && bytes.size() >= frame_header::size) {
            header_ = frame_header::decode(bytes.first<frame_header::size>());
            bytes = bytes.subspan(frame_header::size);
            header_size_ = frame_header::size;
            if (auto accepted = accept_header(); !accepted)
                return accepted.error();
            if (bytes.empty())
                continue; // its body is still to come
        } else if (header_size_ < frame_header::size) {
            const auto part = std::min(bytes.size(), frame_header::size - header_size_);
            std::memcpy(header_bytes_ + header_size_, bytes.data(), part);
            header_size_ += part;
            bytes = bytes.subspan(part);
            if (header_size_ < frame_header::size)
                break;
            header_ = frame_header::decode(header_bytes_);
            if (auto accepted = accept_header(); !accepted)
                return accepted.error();
            if (header_size_ == 0 || bytes.empty())
                continue; // it had no body and is delivered, or its body is still to come
        }
        if (body_size_ == 0 && bytes.size() >= header_.length) {
            // The usual case: the whole body lies in this read.
            frame whole(header_, bytes.first(header_.length));
            bytes = bytes.subspan(header_.length);
            if (auto received = deliver(whole); !received)
                return received.error();
            continue;
        }
        bytes = bytes.subspan(collect(bytes));
        if (body_size_ == header_.length)
            if (auto received = deliver_collected(); !received)
                return received.error();
    }
    return given - bytes.size();
}

result<void> frame_assembler::deliver(frame& whole) {
    header_size_ = 0;
    ++received_;
    return receiver_.frame_received(whole);
}

result<void> frame_assembler::accept_header() {
    if (auto accepted = receiver_.header_received(header_); !accepted)
        return accepted;
    if (header_.length > limit_)
        return over_limit("a frame", header_.length, limit_);
    if (header_.length != 0)
        return {};
    frame empty(header_, std::span<const std::byte>());
    return deliver(empty);
}

std::span<std::byte> frame_assembler::room() {
    if (header_size_ < frame_header::size || header_.length - body_size_ < least_room) [[likely]]
        return {};
    if (body_size_ == body_capacity_)
        make_room(1);
    return {body_.get() + body_size_, body_capacity_ - body_size_};
}

result<void> frame_assembler::filled(std::size_t count) {
    body_size_ += count;
    return body_size_ == header_.length ? deliver_collected() : result<void>();
}

std::size_t frame_assembler::collect(std::span<const std::byte> bytes) {
    const auto part = std::min<std::size_t>(bytes.size(), header_.length - body_size_);
    if (body_capacity_ < body_size_ + part)
        make_room(part);
    std::memcpy(body_.get() + body_size_, bytes.data(), part);
    body_size_ += part;
    return part;
}

void frame_assembler::make_room(std::size_t more) {
    const auto wanted = std::max({body_size_ + more, 2 * body_capacity_, first_allocation});
    const auto capacity = std::min<std::size_t>(wanted, header_.length);
    auto larger = std::allocate_shared_for_overwrite<std::byte[]>(
        base::recycling_allocator<std::byte>(), capacity);
    if (body_size_ != 0)
        std::memcpy(larger.get(), body_.get(), body_size_);
    body_ = std::move(larger);
    body_capacity_ = capacity;
}

result<void> frame_assembler::deliver_collected() {
    owned_frame collected(header_, base::shared_bytes(std::exchange(body_, nullptr), body_size_));
    body_size_ = 0;
    body_capacity_ = 0;
    return deliver(collected);
}

} // namespace cocql::wire
