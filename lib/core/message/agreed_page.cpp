#include "core/message/agreed_page.hpp"

#include "core/message/page_content.hpp"

#include <utility>

namespace cocql::message {

page with_agreement(const page& changed, schema_agreement how) {
    boost::intrusive_ptr<page_content> content(page_content::make(), false);
    auto& rare = content->change_rare();
    rare.tracing_id = changed.tracing_id();
    rare.warnings = changed.warnings();
    rare.custom_payload = changed.custom_payload();
    rare.schema_change = changed.schema_change();
    rare.schema_agreement = std::move(how);
    return page(std::move(content));
}

} // namespace cocql::message
