#pragma once

#include "io/stream/byte_stream.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

namespace cocql::testing {

/// Another stream, read at most so many bytes at a time.
class limited_stream final : public io::byte_stream {
  public:
    limited_stream(std::unique_ptr<io::byte_stream> inner, std::size_t largest_read)
        : inner_(std::move(inner)), largest_read_(largest_read) {}

    boost::asio::awaitable<result<std::size_t>> read_some(std::span<std::byte> into) override {
        return inner_->read_some(into.first(std::min(into.size(), largest_read_)));
    }
    result<bool> write_at_once(std::span<const std::byte>& from) override {
        return inner_->write_at_once(from);
    }
    boost::asio::awaitable<result<void>> write(std::span<const std::byte> from) override {
        return inner_->write(from);
    }
    boost::asio::awaitable<result<void>>
    write_all(std::span<const std::span<const std::byte>> parts) override {
        return inner_->write_all(parts);
    }
    base::send_progress progress() override { return inner_->progress(); }
    boost::asio::awaitable<void> shutdown() override { return inner_->shutdown(); }
    void cancel() override { inner_->cancel(); }
    void close() override { inner_->close(); }
    const peer_info& peer() const noexcept override { return inner_->peer(); }
    boost::asio::any_io_executor get_executor() override { return inner_->get_executor(); }

  private:
    std::unique_ptr<io::byte_stream> inner_;
    std::size_t largest_read_;
};

} // namespace cocql::testing
