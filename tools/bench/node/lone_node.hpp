#pragma once

#include "node_description.hpp"

#include <cstdint>
#include <string>

namespace cocql::bench {

/// All the cluster that there is, without shards; see system_rows().
class lone_node final : public node_description {
  public:
    /// What system.local says.
    lone_node(std::string address, std::uint16_t port);

    wire::string_multimap offers() const override;
    message::response answer(std::string_view cql,
                             const std::vector<message::bound_value>& values) override;
    message::prepared_result describe(std::string_view cql) override;

  private:
    std::string address_;
    std::uint16_t port_;
    message::cell_writer cells_; ///< of the last answer
};

} // namespace cocql::bench
