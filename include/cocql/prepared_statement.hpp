#pragma once

#include <cocql/column.hpp>
#include <cocql/result.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cocql {

class bound_statement;

namespace detail {
class binding;
}

/// A statement that the server has parsed and knows by an id. Immutable; copies share it. Valid for
/// all connections to servers that have prepared it; a server that has forgotten it (its table was
/// altered, its cache was full, it was restarted) is asked to prepare it again when it is executed:
/// once, by however many requests and by whichever of a session's connections to that node.
///
/// What a server says later of the rows, after their table was altered, is kept beside it, for the
/// executions to come.
class prepared_statement {
  public:
    struct parts;

  private:
    /// What a statement was prepared as again: with the same id and parameters, and other rows.
    class successors;
    /// The latest of them, or null. Copies of the parts begin without.
    class latest {
      public:
        latest() noexcept = default;
        latest(const latest&) noexcept {}
        latest& operator=(const latest&) noexcept { return *this; }
        const parts* get() const noexcept { return parts_.load(std::memory_order_acquire); }
        void set(const parts* known) const noexcept {
            parts_.store(known, std::memory_order_release);
        }

      private:
        mutable std::atomic<const parts*> parts_ = nullptr;
    };

  public:
    struct parts {
        std::string cql;
        /// Where PREPARE had names looked up; empty for the connection's keyspace.
        std::string keyspace;
        std::vector<std::byte> id;
        std::optional<std::vector<std::byte>> result_metadata_id;
        std::vector<column> parameters;
        std::vector<std::uint16_t> partition_key_indices;
        /// The server says that it is one (ScyllaDB; Cassandra does not tell).
        bool is_conditional = false;
        std::vector<column> result_columns;
        /// How the server described them, byte by byte, to know the same description again.
        std::vector<std::byte> result_description;
        bool result_description_is_global = false;
        std::vector<std::string> warnings;

        /// What requests that execute it without options, and their answers, have in common where
        /// this version is spoken and metadata ids are, or are not. Written once, when the
        /// statement was prepared.
        struct usual_bytes {
            std::uint8_t version = 0; ///< 0: nothing was written
            bool metadata_ids = false;
            /// Before the values, with room behind it for copying sixteen bytes at a time.
            std::vector<std::byte> before;
            std::size_t before_size = 0;
            /// Behind the values.
            std::array<std::byte, 16> behind{};
            std::size_t behind_size = 0;
            /// Before the number of rows; empty for a statement that returns none.
            std::vector<std::byte> answer;
            std::size_t columns = 0;
        };
        usual_bytes usual;

      private:
        friend class prepared_statement;
        latest latest_;
        successors* successors_ = nullptr; ///< of the first, which has them
    };

    prepared_statement() = default; ///< none; only to be assigned to
    explicit prepared_statement(parts content);

    // Of an empty or moved-from statement all of these are empty.

    explicit operator bool() const noexcept { return parts_ != nullptr; }
    const std::string& cql() const noexcept { return known().cql; }
    std::span<const std::byte> id() const noexcept { return known().id; }
    /// Names `result_columns()` as the server knows them; nothing where neither protocol v5 nor an
    /// extension of ScyllaDB's was spoken.
    const std::optional<std::vector<std::byte>>& result_metadata_id() const noexcept {
        return known().result_metadata_id;
    }
    /// The markers, in order; a marker without a name is named after its column.
    const std::vector<column>& parameters() const noexcept { return known().parameters; }
    /// Which parameters make the partition key, in its order; empty when they do not make all of
    /// it.
    const std::vector<std::uint16_t>& partition_key_indices() const noexcept {
        return known().partition_key_indices;
    }
    /// Whether the server says that it is a conditional statement (IF …). ScyllaDB does; to
    /// Cassandra all look alike.
    bool is_conditional() const noexcept { return known().is_conditional; }
    /// The columns of its rows when it was prepared; empty for a statement that returns none.
    const std::vector<column>& result_columns() const noexcept { return known().result_columns; }
    const std::vector<std::string>& warnings() const noexcept { return known().warnings; }

    /// What the copies share; null for none.
    const std::shared_ptr<const parts>& content() const& noexcept { return parts_; }
    std::shared_ptr<const parts> content() && noexcept { return std::move(parts_); }
    /// The same with what servers have said of its rows last.
    prepared_statement newest() const noexcept {
        return parts_ != nullptr ? newest_of_one() : *this;
    }
    /// From now on what newest() gives, for all copies: what differs from `known` is what the
    /// statement says of its rows. Returns it. Any thread. A server that says something else each
    /// time is not believed for ever: then what it says is not kept, and `known` returned.
    static std::shared_ptr<const parts> renew(const std::shared_ptr<const parts>& known,
                                              parts renewed);

    /// Binds arguments to the markers: one for each, in their order; or by name, with named() and
    /// fields_of(). Types are checked against what the server said of the markers; the error
    /// (errc::type_mismatch, invalid_argument, not_found) names the marker, its CQL type, and the
    /// C++ type that does not fit it. Nothing is sent.
    ///
    /// Which C++ types a CQL type can be bound from is in cocql/codec.hpp. Integers go to any CQL
    /// integer that they fit. Defined in cocql/bound_statement.hpp.
    template <class... Arguments>
    result<bound_statement> bind(const Arguments&... arguments) const;

  private:
    friend class detail::binding;
    explicit prepared_statement(std::shared_ptr<const parts> content) noexcept
        : parts_(std::move(content)) {}
    prepared_statement newest_of_one() const noexcept {
        const auto* const renewed = parts_->latest_.get();
        if (renewed == nullptr) [[likely]]
            return *this;
        return prepared_statement(std::shared_ptr<const parts>(parts_, renewed));
    }
    const parts& known() const noexcept { return parts_ != nullptr ? *parts_ : nothing(); }
    static const parts& nothing() noexcept;

    std::shared_ptr<const parts> parts_;
};

} // namespace cocql
