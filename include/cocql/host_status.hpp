#pragma once

namespace cocql {

/// Whether a node can be used, as far as a session can tell.
///
/// Of a node that it keeps connections to its own experience counts: whether there is one. Of the
/// others it knows what servers have told (STATUS_CHANGE), which is a hint: they tell it late, or
/// not at all.
enum class host_status { unknown, up, down };

} // namespace cocql
