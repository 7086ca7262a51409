#pragma once

#include <cocql/host_distance.hpp>
#include <cocql/host_info.hpp>
#include <cocql/metadata_listener.hpp>
#include <cocql/request_candidates.hpp>
#include <cocql/request_observer.hpp>
#include <cocql/routed_request.hpp>
#include <cocql/uuid.hpp>

#include <optional>
#include <string_view>

namespace cocql {

/// An application's own idea of where requests go, in place of the session's: of all of them
/// (options::load_balancing_policy()) or of those of an execution profile
/// (execution_profile::load_balancing_policy()). One that overrides nothing changes nothing.
///
///     class highest_id_first final : public cocql::load_balancing_policy {
///         std::optional<cocql::uuid> choose(const cocql::routed_request&,
///                                           cocql::request_candidates& among) override {
///             std::optional<cocql::uuid> best;
///             while (const auto each = among.next())
///                 if (!best || *best < each->host)
///                     best = each->host;
///             return best;
///         }
///     };
///
/// It is told of what comes, goes and changes as a metadata_listener is, and of the attempts of the
/// requests that go by it as a request_observer is: whoever wants that overrides their functions,
/// and registers nothing. What these throw goes where it goes there.
///
/// All of it is called on the session's executor, one call at a time, by a session that is in the
/// middle of something: it is to be quick, and not to call the session (news as a metadata_listener
/// excepted, which may). A policy of several sessions, or of one that has siblings (session::on()),
/// is called by each on its own executor; news come from the first of siblings. It is
/// kept as long as a handle of the session is, or a request under way goes by it: it is to hold
/// none. After a profile has been replaced the requests that began with it
/// still ask it, but it hears no more of the cluster.
class load_balancing_policy : public metadata_listener, public request_observer {
  public:
    /// How near a node is, which decides whether the session has connections to it, and whether
    /// requests may go there. `usual` is what the session would say: by local data centre, remote
    /// hosts, and nothing else; nodes that options::filter() keeps away are not asked about.
    /// Connections are kept to nodes that are not ignored by each of the session's profiles.
    ///
    /// Asked of each node, for each profile that goes by it, when the session has read of a change
    /// in the cluster, the first time included, and when a profile is put in force
    /// (session::replace_execution_profile(), with the same one if that is how it is to be): by
    /// this a policy that has changed its mind has itself asked again. What it throws is told to
    /// options::warnings(), and where there are none leaves from the executor's queue; the node is
    /// ignored.
    virtual host_distance distance(const host_info& /*which*/, host_distance usual) {
        return usual;
    }

    /// Which node the request is to be sent to; nothing: to none any more, which fails it with
    /// errc::no_host_available. Asked before each attempt, and again where the node that it gave
    /// cannot be used: it is not known, is ignored, was tried or given before, or has no connection
    /// that takes requests. Each is tried once at most. Where a hundred answers in a row are of no
    /// use that way nothing is taken to have been said.
    ///
    /// What it throws fails the request with errc::bad_configuration, which has its text and, where
    /// it was a cocql::error, that as its cause; nothing was executed. Requests whose
    /// statement_options name their node (request_route::to_host()) do not ask.
    virtual std::optional<uuid> choose(const routed_request& /*what*/, request_candidates& among) {
        const auto next = among.next();
        return next ? std::optional(next->host) : std::nullopt;
    }

    /// By which errors and DRIVER_CONFIG name it. Not empty.
    virtual std::string_view name() const noexcept { return "custom"; }

    void attempt_begun(const request_attempt& /*which*/) override {}
    void attempt_ended(const request_attempt& /*which*/, const attempt_end& /*how*/) override {}
};

} // namespace cocql
