#pragma once

#include <cocql/data_type.hpp>
#include <cocql/inet_address.hpp>
#include <cocql/testing/node_options.hpp>
#include <cocql/uuid.hpp>
#include <cocql/value.hpp>

#include <string>

namespace cocql::tests {

/// system_traces as Cassandra has it; complete when it is asked for the third time.
class traced {
  public:
    testing::node_options options() {
        testing::node_options options;
        options.answer = [this](const std::string& cql) { return answer(cql); };
        return options;
    }
    uuid id = *uuid::parse("50554d6e-29bb-11e5-b345-feff819cdc9f");
    int asked = 0;
    int complete_after = 2;

    testing::node_reply answer(const std::string& cql) {
        using kind = data_type::kind;
        if (cql.find("events") != std::string::npos)
            return testing::rows_of(
                {{"t", "e", "event_id", kind::timeuuid},
                 {"t", "e", "activity", kind::text},
                 {"t", "e", "source", kind::inet},
                 {"t", "e", "source_elapsed", kind::int_},
                 {"t", "e", "thread", kind::text}},
                {{id, "Parsing", *inet_address::parse("127.0.0.1"), 100, "main"},
                 {id, "Reading", *inet_address::parse("127.0.0.2"), 50, value()},
                 {id, "Answering", *inet_address::parse("127.0.0.1"), 400, "main"}});
        const bool complete = asked++ >= complete_after;
        return testing::rows_of(
            {{"t", "s", "session_id", kind::uuid},
             {"t", "s", "client", kind::inet},
             {"t", "s", "command", kind::text},
             {"t", "s", "coordinator", kind::inet},
             {"t", "s", "duration", kind::int_},
             {"t", "s", "parameters", data_type::map(kind::text, kind::text)},
             {"t", "s", "request", kind::text},
             {"t", "s", "started_at", kind::timestamp}},
            {{id, *inet_address::parse("127.0.0.9"), "QUERY", *inet_address::parse("127.0.0.1"),
              complete ? value(400) : value(), value::mapping{{"query", "SELECT"}},
              "Execute CQL3 query", timestamp{1'000}}});
    }
};

} // namespace cocql::tests
