#pragma once

#include <cocql/bound_statement.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cocql {

/// Logged batches are carried out as a whole or not at all, by way of the batch log; unlogged ones
/// without that promise and its cost; counter batches for counters only.
enum class batch_type : std::uint8_t { logged = 0, unlogged = 1, counter = 2 };

/// Modifications that are sent as one request (BATCH).
///
///     cocql::batch batch;
///     batch.add(insert, 7, "Ada").add(insert, 8, "Grace").add("DELETE FROM app.people WHERE id =
///     9"); co_await connection.execute(batch);
class batch {
  public:
    using statement = std::variant<std::string, bound_statement>;

    explicit batch(batch_type type = batch_type::logged) noexcept : type_(type) {}

    /// A statement without markers.
    batch& add(std::string cql) {
        statements_.emplace_back(std::move(cql));
        return *this;
    }
    /// One that was moved from makes the batch fail, as arguments that do not fit do.
    batch& add(bound_statement statement) {
        if (!statement.statement()) {
            refuse(detail::no_statement());
            return *this;
        }
        statements_.emplace_back(std::move(statement));
        return *this;
    }
    /// A prepared statement and the arguments for its markers, as prepared_statement::bind() takes
    /// them. Arguments that do not fit make the batch fail when it is executed, before anything is
    /// sent; the error says which statement it was.
    template <class... Arguments>
    batch& add(const prepared_statement& statement, const Arguments&... arguments) {
        auto bound = statement.bind(arguments...);
        if (bound)
            return add(std::move(*bound));
        refuse(bound.error());
        return *this;
    }

    batch_type type() const noexcept { return type_; }
    std::size_t size() const noexcept { return statements_.size(); }
    bool empty() const noexcept { return statements_.empty(); }
    const std::vector<statement>& statements() const noexcept { return statements_; }
    /// The first argument that did not fit.
    const std::optional<error>& failure() const noexcept { return failure_; }

  private:
    void refuse(const error& why);

    batch_type type_;
    std::vector<statement> statements_;
    std::optional<error> failure_;
};

} // namespace cocql
