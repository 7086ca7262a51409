#include "client/session/sum_of_metrics.hpp"

#include <algorithm>

namespace cocql::client {

void add_counts(const session_metrics& of, session_metrics& to) {
    to.counts += of.counts;
    to.retries += of.retries;
    to.no_host += of.no_host;
    to.tablet_hits += of.tablet_hits;
    to.tablet_misses += of.tablet_misses;
    to.tablets_learned += of.tablets_learned;
    to.tablets_read += of.tablets_read;
    to.control_reconnects += of.control_reconnects;
    to.events += of.events;
}

void add_metrics(const session_metrics& of, session_metrics& to) {
    add_counts(of, to);
    to.connections += of.connections;
    to.in_flight += of.in_flight;
    to.orphans += of.orphans;
    for (const auto& each : of.hosts) {
        const auto place = std::ranges::lower_bound(to.hosts, each.id, {}, &host_metrics::id);
        if (place == to.hosts.end() || place->id != each.id) {
            to.hosts.insert(place, each);
            continue;
        }
        place->connections += each.connections;
        place->in_flight += each.in_flight;
        place->orphans += each.orphans;
        place->counts += each.counts;
    }
}

} // namespace cocql::client
