#include "help.hpp"

#include <array>

namespace cocqlsh {

namespace {

struct topic {
    std::string_view name;
    std::string_view text;
};

constexpr std::array<topic, 16> topics{{
    {"CAPTURE", "CAPTURE '<file>'   append results to a file instead of showing them\nCAPTURE OFF  "
                "      show them again\nCAPTURE            say where they go"},
    {"CLEAR", "CLEAR, CLS   empty the screen"},
    {"CONSISTENCY", "CONSISTENCY           show the level\nCONSISTENCY <level>   ANY ONE TWO THREE "
                    "QUORUM ALL LOCAL_QUORUM EACH_QUORUM SERIAL LOCAL_SERIAL LOCAL_ONE"},
    {"DESCRIBE", "DESCRIBE KEYSPACES | TABLES | TYPES | FUNCTIONS | AGGREGATES | CLUSTER | "
                 "SCHEMA\nDESCRIBE KEYSPACE | TABLE | TYPE | INDEX | MATERIALIZED VIEW | FUNCTION "
                 "| AGGREGATE <name>\nDESC is short for it. The server writes the text."},
    {"DESC", "DESC is short for DESCRIBE"},
    {"EXIT", "EXIT, QUIT, Ctrl-D   leave"},
    {"EXPAND", "EXPAND [ON | OFF]   one block per row instead of a table"},
    {"HELP", "HELP [topic], ?   this"},
    {"LOGIN", "LOGIN <user> ['<password>']   connect again as another user; asks for the password "
              "when it is left out"},
    {"PAGING",
     "PAGING [ON | OFF | <rows>]   how many rows are fetched (and on a terminal shown) at once"},
    {"QUIT", "EXIT, QUIT, Ctrl-D   leave"},
    {"SERIAL", "SERIAL CONSISTENCY [SERIAL | LOCAL_SERIAL]   the level of conditional statements' "
               "first phase"},
    {"SHOW", "SHOW VERSION          versions of shell, server, CQL and protocol, and the TLS in "
             "use\nSHOW HOST             where we are connected\nSHOW CLUSTER          all nodes: "
             "what and where they are, "
             "connections to them, and how long\n                      they take to answer\nSHOW "
             "SESSION <uuid>   a trace\nSHOW REPLICAS <token> [<keyspace>]   the nodes that keep "
             "what has this token"},
    {"SOURCE",
     "SOURCE '<file>'   execute the statements of a file; an error does not stop it. What "
     "the file sets\n                  (USE, LOGIN, CONSISTENCY, CAPTURE and so on) ends "
     "with it, and EXIT leaves the file only"},
    {"TRACING",
     "TRACING [ON | OFF | WATERFALL]   show what the servers did for each statement, as a "
     "table or as a waterfall"},
    {"USE", "USE <keyspace>   (CQL) the keyspace of unqualified names"},
}};

} // namespace

std::string help_overview() {
    std::string text = "Statements of CQL end with ;\n\nCommands of the shell:";
    for (const auto& each : topics)
        if (each.name != "DESC" && each.name != "QUIT" && each.name != "USE")
            text += "\n  " + std::string(each.name);
    return text + "\n\nHELP <command> says more. Ctrl-C ends the wait for a statement and keeps "
                  "the connection.";
}

std::string help_topic(std::string_view name) {
    for (const auto& each : topics)
        if (each.name == name)
            return std::string(each.text);
    return {};
}

} // namespace cocqlsh
