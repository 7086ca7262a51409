#pragma once

#include <cocql/aggregate_temporary.hpp>
#include <cocql/bound_statement.hpp>
#include <cocql/cancelled_as_error.hpp>
#include <cocql/kept_argument.hpp>
#include <cocql/page.hpp>
#include <cocql/page_operation.hpp>
#include <cocql/pager.hpp>
#include <cocql/prepared_statement.hpp>
#include <cocql/result.hpp>
#include <cocql/statement_options.hpp>
#include <cocql/statement_text.hpp>
#include <cocql/value.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace cocql {

/// The forms in which a statement and its arguments are given, which a connection and a session
/// have in common. `Whole` is one of these: what it sends itself are a text, a PREPARE and a bound
/// statement.
template <class Whole>
class statement_calls {
  public:
    /// Sends a statement with markers and the arguments for them, as execute() would. The statement
    /// is a literal, and a number of arguments other than that of its markers does not compile. It
    /// is prepared first, which takes one round trip more on a connection, and in a session the
    /// first time; prepare() statements that are used again.
    ///
    /// The arguments are copied when it is called, texts and blobs that are only pointed to and
    /// those by name included: the caller's may be gone when it is awaited. Only what a type of
    /// yours points to must stay until the end.
    ///
    ///     co_await session.query("DELETE FROM app.people WHERE id = ?", 7);
    template <class First, class... Rest>
    boost::asio::awaitable<page>
    query(statement_text<std::type_identity_t<First>, std::type_identity_t<Rest>...> cql,
          const First& first, const Rest&... rest) {
        return detail::cancelled_as_error(query_with<detail::kept<First>, detail::kept<Rest>...>(
            whole(), cql.str(), detail::keep(first), detail::keep(rest)...));
    }

    /// Executes a prepared statement, when that is awaited. Arguments are bound to its markers by
    /// position or by name, as prepared_statement::bind() describes; one that does not fit its
    /// marker fails before anything is sent.
    ///
    ///     co_await session.execute(find, 7);
    ///     co_await session.execute(insert, cocql::fields_of(person));
    ///     co_await session.execute(find, statement_options().tracing(), cocql::named("id", 7));
    template <class... Arguments>
    page_operation execute(const prepared_statement& statement, const Arguments&... arguments) {
        return whole().execute_bound(detail::binding::of(statement, arguments...));
    }
    template <class... Arguments>
    page_operation execute(const prepared_statement& statement, statement_options options,
                           const Arguments&... arguments) {
        return whole().execute_bound(
            detail::binding::of(statement, arguments...).with(std::move(options)));
    }
    /// Executes what prepared_statement::bind() made.
    page_operation execute(bound_statement statement,
                           statement_options options = statement_options()) {
        return whole().execute_bound(
            detail::binding(std::move(statement)).with(std::move(options)));
    }
    /// With values whose types are not known before the program runs, one per marker, in order.
    page_operation execute(prepared_statement statement, std::vector<value> values,
                           statement_options options = statement_options()) {
        return whole().execute_bound(
            detail::binding(bound_statement::of_values(std::move(statement), values))
                .with(std::move(options)));
    }

#ifdef COCQL_REFUSES_AGGREGATE_TEMPORARIES
    // What g++ 12 would destroy twice.
    template <class Text, class... Arguments>
    requires(detail::aggregate_temporary<Arguments> ||
             ...) boost::asio::awaitable<page> query(const Text&, Arguments&&...) {
        COCQL_REFUSE_AGGREGATE_TEMPORARIES(Arguments...);
    }
    template <class... Arguments>
    requires(detail::aggregate_temporary<Arguments> || ...) page_operation
        execute(const prepared_statement&, Arguments&&...) {
        COCQL_REFUSE_AGGREGATE_TEMPORARIES(Arguments...);
    }
#endif

    /// A statement's pages, one after another, the next one being fetched while one is read. Page
    /// size and a saved paging state are the options' own. Nothing is sent yet.
    pager pages(std::string cql, statement_options options = statement_options()) {
        return pager([self = whole(), cql = std::move(cql)](
                         const statement_options& with) mutable { return self.query(cql, with); },
                     std::move(options));
    }
    pager pages(result<bound_statement> statement,
                statement_options options = statement_options()) {
        return pager(
            [self = whole(), bound = std::move(statement)](const statement_options& with) mutable {
                return self.execute_bound(detail::binding(bound).with(with));
            },
            std::move(options));
    }
    template <class... Arguments>
    pager pages(const prepared_statement& statement, statement_options options,
                const Arguments&... arguments) {
        return pages(statement.bind(arguments...), std::move(options));
    }
    template <class... Arguments>
    pager pages(const prepared_statement& statement, const Arguments&... arguments) {
        return pages(statement.bind(arguments...), statement_options());
    }

  protected:
    statement_calls() = default;
    statement_calls(const statement_calls&) = default;
    statement_calls& operator=(const statement_calls&) = default;
    ~statement_calls() = default;

  private:
    Whole& whole() noexcept {
        return static_cast<Whole&>(*this);
    }
    /// Owns all that it is given: it begins only when it is awaited.
    template <class... Arguments>
    static boost::asio::awaitable<page> query_with(Whole self, std::string cql,
                                                   Arguments... arguments) {
        const auto statement = co_await self.prepare(std::move(cql));
        auto execution = self.execute(statement, detail::lend(arguments)...);
        auto answer = co_await std::move(execution);
        co_return answer;
    }
};

} // namespace cocql
