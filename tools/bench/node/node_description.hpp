#pragma once

#include "core/message/prepared_result.hpp"
#include "core/message/query_parameters.hpp"
#include "core/message/response.hpp"
#include "core/wire/notation.hpp"

#include <string_view>
#include <vector>

namespace cocql::bench {

/// What a node says of itself and its cluster to drivers, which ask before they begin: whole, and
/// slowly.
class node_description {
  public:
    virtual ~node_description() = default;

    /// Whether a statement can have its answer now. One that asks for what is not so yet has it
    /// when it is.
    virtual bool is_due(std::string_view) const { return true; }

    /// What SUPPORTED offers.
    virtual wire::string_multimap offers() const = 0;
    /// What a statement gets that is none of those that are measured. Rows are borrowed, until the
    /// next call.
    virtual message::response answer(std::string_view cql,
                                     const std::vector<message::bound_value>& values) = 0;
    /// Its markers and the columns that it will get; the id is not its business.
    virtual message::prepared_result describe(std::string_view cql) = 0;
};

} // namespace cocql::bench
