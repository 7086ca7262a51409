#include "core/message/use_statement.hpp"

namespace cocql::message {

std::string use_statement(std::string_view keyspace) {
    std::string out = "USE \"";
    for (const char c : keyspace)
        out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
}

} // namespace cocql::message
