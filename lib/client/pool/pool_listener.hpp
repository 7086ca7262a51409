#pragma once

#include <cocql/error.hpp>
#include <cocql/uuid.hpp>

#include <string>

namespace cocql::client {

/// Whom the pool of a node tells what becomes of it, on its executor. None of these is to throw.
class pool_listener {
  public:
    virtual ~pool_listener() = default;

    /// There is a connection to this node, where there was none.
    virtual void host_reached(const uuid& host) = 0;
    /// There is none any more; one is being looked for.
    virtual void host_lost(const uuid& host, const error& why) = 0;
    /// It has all the connections that it should, or could not be reached: the first time, and the
    /// first time after host_pool::try_now().
    virtual void host_settled(const uuid& host) = 0;
    /// Where this node should be is another one, which was not connected to: what is known of the
    /// cluster's addresses is no longer so.
    virtual void another_met(const uuid& host) = 0;
    /// One of the connections that host_pool::use_keyspace() has asked is in the keyspace, or is
    /// given up.
    virtual void keyspace_answered(const uuid& host) = 0;
    /// Something that its user should know.
    virtual void warned(const std::string& what) = 0;
};

} // namespace cocql::client
