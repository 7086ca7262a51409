#pragma once

#include <cocql/page.hpp>
#include <cocql/schema_agreement.hpp>

namespace cocql::message {

/// The answer to a statement that has changed the schema, with what came of the nodes' agreement on
/// it: another page, for those that there are do not change.
page with_agreement(const page& changed, schema_agreement how);

} // namespace cocql::message
