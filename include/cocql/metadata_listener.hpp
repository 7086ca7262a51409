#pragma once

#include <cocql/cluster_metadata.hpp>
#include <cocql/host_info.hpp>
#include <cocql/schema_difference.hpp>

namespace cocql {

/// Whom a session tells what has changed in its cluster; see options::listener() and
/// session::listen(). Each function does nothing unless it is overridden.
///
/// Called on the session's executor, one after another, when what it is about is known to
/// session::metadata() already: `now` is that, or what it was a moment ago where more has happened
/// since. Changes are the differences of two readings of the system tables: what came and went
/// between them is not told. What is there when a listener is registered is not told either.
///
/// It may use the session, close it, and deregister itself or others. What it throws is told to
/// options::warnings(), and where there are none leaves from the executor's queue; either way
/// everything goes on. Once the session is told to close nobody is called any more.
class metadata_listener {
  public:
    virtual ~metadata_listener() = default;

    virtual void host_added(const host_info& /*which*/, const cluster_metadata& /*now*/) {}
    /// As it was last.
    virtual void host_removed(const host_info& /*which*/, const cluster_metadata& /*now*/) {}
    /// It has another address or port.
    virtual void host_moved(const host_info& /*before*/, const host_info& /*which*/,
                            const cluster_metadata& /*now*/) {}
    /// It has another data centre, rack or version.
    virtual void host_altered(const host_info& /*before*/, const host_info& /*which*/,
                              const cluster_metadata& /*now*/) {}
    /// It can be used (see host_status), for the first time or again.
    virtual void host_up(const host_info& /*which*/, const cluster_metadata& /*now*/) {}
    /// It can be used no more, or could not be at first.
    virtual void host_down(const host_info& /*which*/, const cluster_metadata& /*now*/) {}

    /// Of a keyspace that was created or dropped what is in it is told, too. An index is a part of
    /// its table.
    virtual void schema_changed(const schema_difference& /*what*/,
                                const cluster_metadata& /*now*/) {}
};

} // namespace cocql
