#include "testing/memory_stream.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace cocql::testing {

namespace asio = boost::asio;

memory_stream::memory_stream(asio::any_io_executor executor, const node_options& options,
                             std::shared_ptr<stream_fault> fault)
    : executor_(std::move(executor)),
      session_(options),
      fault_(std::move(fault)),
      something_(executor_) {
    peer_.address = "memory";
    join(asio::query(executor_, asio::execution::context));
}

void memory_stream::context_destroyed() noexcept {
    const auto reader = something_.take();
}

std::optional<error> memory_stream::fault_now() {
    if (closed_ || cancelled_)
        return error(errc::cancelled, "the stream was cancelled");
    if (!broken_ && fault_->failing_operation == fault_->operations)
        broken_ = fault_->failure;
    ++fault_->operations;
    if (broken_)
        something_.notify();
    return broken_;
}

asio::awaitable<result<std::size_t>> memory_stream::read_some(std::span<std::byte> into) {
    auto fault = fault_now();
    reading_ = true;
    while (!fault && taken_ == arrived_.size() && !session_.wants_close()) {
        co_await something_.wait();
        if (closed_ || cancelled_)
            fault = error(errc::cancelled, "the stream was cancelled");
        else
            fault = broken_;
    }
    reading_ = false;
    if (fault && fault->is(errc::ok))
        co_return std::size_t{0};
    if (fault)
        co_return *fault;
    const auto count = std::min({into.size(), arrived_.size() - taken_, fault_->largest_read});
    if (count != 0)
        std::memcpy(into.data(), arrived_.data() + taken_, count);
    taken_ += count;
    if (taken_ == arrived_.size()) {
        arrived_.clear();
        taken_ = 0;
    }
    co_return count;
}

asio::awaitable<result<void>> memory_stream::write(std::span<const std::byte> from) {
    const bool was_broken = broken_.has_value();
    const auto fault = fault_now();
    if (broken_ && !was_broken)
        arrive(session_.feed(from.first(std::min(fault_->written_before_failing, from.size()))));
    if (fault && fault->is(errc::ok))
        co_return error(errc::connection_lost, "the peer has closed");
    if (fault)
        co_return *fault;
    ++writes_;
    arrive(session_.feed(from));
    co_return result<void>();
}

void memory_stream::arrive(std::span<const std::byte> bytes) {
    arrived_.insert(arrived_.end(), bytes.begin(), bytes.end());
    if (!bytes.empty() || session_.wants_close())
        something_.notify();
}

asio::awaitable<void> memory_stream::shutdown() {
    said_goodbye_ = true;
    co_return;
}

void memory_stream::cancel() {
    cancelled_ = true;
    if (reading_)
        something_.notify();
}

void memory_stream::close() {
    closed_ = true;
    if (reading_)
        something_.notify();
}

} // namespace cocql::testing
