#include "core/metadata/cql_type.hpp"

#include "core/base/number_in.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace cocql::metadata {

namespace {

using kind = data_type::kind;

constexpr int deepest = 64;

struct simple_name {
    std::string_view name;
    kind which;
};

constexpr std::array simple_names{
    simple_name{"ascii", kind::ascii},       simple_name{"bigint", kind::bigint},
    simple_name{"blob", kind::blob},         simple_name{"boolean", kind::boolean},
    simple_name{"counter", kind::counter},   simple_name{"date", kind::date},
    simple_name{"decimal", kind::decimal},   simple_name{"double", kind::double_},
    simple_name{"duration", kind::duration}, simple_name{"float", kind::float_},
    simple_name{"inet", kind::inet},         simple_name{"int", kind::int_},
    simple_name{"smallint", kind::smallint}, simple_name{"text", kind::text},
    simple_name{"time", kind::time},         simple_name{"timestamp", kind::timestamp},
    simple_name{"timeuuid", kind::timeuuid}, simple_name{"tinyint", kind::tinyint},
    simple_name{"uuid", kind::uuid},         simple_name{"varchar", kind::text},
    simple_name{"varint", kind::varint},
};

bool is_of_name(char each) noexcept {
    return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
           (each >= '0' && each <= '9') || each == '_';
}

/// Goes over the text once. What is no type ends it: nothing is read after that.
class reader {
  public:
    reader(std::string_view text, const user_types& known) noexcept : rest_(text), known_(known) {}

    result<data_type> whole() {
        auto type = read(0);
        skip_blanks();
        if (type && !failed_ && rest_.empty())
            return std::move(*type);
        if (unknown_)
            return error(errc::not_found, "the type " + *unknown_ + " is not known");
        return error(errc::protocol_error, "a type of the schema is badly spelled");
    }

  private:
    using maybe_type = std::optional<data_type>;

    maybe_type read(int depth) {
        skip_blanks();
        if (depth > deepest || rest_.empty() || !charge(1))
            return fail();
        if (rest_.front() == '\'')
            return custom();
        if (rest_.front() == '"')
            return user_type(quoted('"'));
        const auto name = word();
        if (take('<'))
            return with_parameters(name, depth);
        const auto found = std::ranges::find(simple_names, name, &simple_name::name);
        return found != simple_names.end() ? data_type(found->which) : user_type(std::string(name));
    }

    maybe_type with_parameters(std::string_view name, int depth) {
        if (name == "vector")
            return vector(depth);
        std::vector<data_type> parameters;
        do {
            auto each = read(depth + 1);
            if (!each)
                return std::nullopt;
            parameters.push_back(std::move(*each));
        } while (take(','));
        if (!take('>'))
            return fail();
        const auto count = parameters.size();
        if (name == "frozen" && count == 1)
            return std::move(parameters[0]);
        if (name == "list" && count == 1)
            return data_type::list(std::move(parameters[0]));
        if (name == "set" && count == 1)
            return data_type::set(std::move(parameters[0]));
        if (name == "map" && count == 2)
            return data_type::map(std::move(parameters[0]), std::move(parameters[1]));
        if (name == "tuple")
            return data_type::tuple(std::move(parameters));
        return fail();
    }

    maybe_type vector(int depth) {
        auto element = read(depth + 1);
        if (!element || !take(','))
            return fail();
        skip_blanks();
        const auto dimension = base::number_in<std::uint32_t>(word());
        if (!dimension || *dimension == 0 || !take('>'))
            return fail();
        return data_type::vector(std::move(*element), *dimension);
    }

    maybe_type custom() {
        auto name = quoted('\'');
        if (failed_ || name.empty())
            return fail();
        return charged(data_type::custom(std::move(name)));
    }

    maybe_type user_type(std::string name) {
        if (failed_ || name.empty())
            return fail();
        const auto found = known_.find(name);
        if (found != known_.end())
            return charged(found->second);
        if (!unknown_)
            unknown_ = std::move(name);
        return fail();
    }

    /// One whose name was charged for.
    maybe_type charged(data_type type) noexcept {
        if (!charge(type.type_count() - 1))
            return fail();
        return type;
    }
    bool charge(std::size_t types) noexcept {
        if (types > left_)
            return false;
        left_ -= types;
        return true;
    }

    std::string_view word() noexcept {
        const auto end = std::ranges::find_if_not(rest_, is_of_name);
        const auto found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(found.size());
        return found;
    }
    /// Between quotes, of which two are one.
    std::string quoted(char quote) {
        std::string text;
        rest_.remove_prefix(1);
        for (;;) {
            const auto end = rest_.find(quote);
            if (end == rest_.npos) {
                fail();
                return text;
            }
            text += rest_.substr(0, end);
            rest_.remove_prefix(end + 1);
            if (!rest_.starts_with(quote))
                return text;
            text += quote;
            rest_.remove_prefix(1);
        }
    }
    bool take(char wanted) noexcept {
        skip_blanks();
        if (!rest_.starts_with(wanted))
            return false;
        rest_.remove_prefix(1);
        return true;
    }
    void skip_blanks() noexcept {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    }
    std::nullopt_t fail() noexcept {
        failed_ = true;
        return std::nullopt;
    }

    std::string_view rest_;
    const user_types& known_;
    std::size_t left_ = most_types;
    bool failed_ = false;
    std::optional<std::string> unknown_;
};

} // namespace

result<data_type> parse_cql_type(std::string_view text, const user_types& known) {
    return reader(text, known).whole();
}

} // namespace cocql::metadata
