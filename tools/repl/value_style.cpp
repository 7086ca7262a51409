#include "value_style.hpp"

namespace cocqlsh {

namespace {

/// The value with each timestamp in it replaced by the text for it, which cocql::format() then
/// quotes as it quotes timestamps.
cocql::value with_texts(const timestamp_style& style, const cocql::value& item) {
    if (const auto* moment = item.get<cocql::timestamp>())
        return cocql::value(style.text(*moment));
    if (const auto* parts = item.get<cocql::value::sequence>()) {
        cocql::value::sequence texts;
        texts.reserve(parts->size());
        for (const auto& part : *parts)
            texts.push_back(with_texts(style, part));
        return cocql::value(std::move(texts));
    }
    if (const auto* entries = item.get<cocql::value::mapping>()) {
        cocql::value::mapping texts;
        texts.reserve(entries->size());
        for (const auto& [key, content] : *entries)
            texts.emplace_back(with_texts(style, key), with_texts(style, content));
        return cocql::value(std::move(texts));
    }
    return item;
}

} // namespace

std::string value_style::text(const cocql::data_type& type, const cocql::value& item) const {
    cocql::format_options options;
    options.float_precision = float_precision;
    options.double_precision = double_precision;
    return timestamps.is_usual() ? cocql::format(type, item, options)
                                 : cocql::format(type, with_texts(timestamps, item), options);
}

} // namespace cocqlsh
