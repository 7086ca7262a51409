#pragma once

#include "core/metadata/cluster_snapshot.hpp"
#include "core/metadata/read_tablets.hpp"

#include <cocql/endpoint.hpp>
#include <cocql/error.hpp>
#include <cocql/event.hpp>

#include <string>

namespace cocql::client {

/// Whom a control connection tells what it learns, on its executor. None of these is to throw.
class control_listener {
  public:
    virtual ~control_listener() = default;

    /// A new picture of the cluster, as a whole.
    virtual void metadata_read(const metadata::cluster_snapshot& now) = 0;
    /// Where tablets were found to be. Once, after a picture, if that is to be read at all; none
    /// also where it could not be, as a warning has said before.
    virtual void tablets_found(metadata::tablets_by_table) {}
    /// A node says that another is up or down: a hint and no more. It is looked up by its address,
    /// for the port in it is the asking node's own.
    virtual void status_told(const status_change& told) = 0;
    /// There is a control connection, to this node.
    virtual void control_connected(const endpoint& where) = 0;
    /// There is none; another one is being looked for.
    virtual void control_lost(const error& why) = 0;
    /// Something that its user should know: a row of a system table that is of no use, for one.
    virtual void warned(const std::string& what) = 0;
};

} // namespace cocql::client
