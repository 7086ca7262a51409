"""The same point reads as bench_load's, with the Python driver, one connection.

    bench_python.py ADDRESS PORT CONCURRENCY REQUESTS [ca=FILE] [cluster=CONNECTIONS]

A cluster gets the connections and is routed to as by a session of which nothing else is asked; it begins when there are so many of
them."""

import json
import resource
import ssl
import sys
import threading
import time

from cassandra import ConsistencyLevel
from cassandra.cluster import Cluster, ExecutionProfile, EXEC_PROFILE_DEFAULT
from cassandra.policies import RoundRobinPolicy
from cassandra.query import tuple_factory

STATEMENT = "SELECT key, value FROM bench.point WHERE key = ?"


class Load:
    def __init__(self, session, statement, requests, latencies):
        self.session, self.statement, self.left, self.latencies = session, statement, requests, latencies
        self.owed, self.sum, self.failure = requests, 0, None
        self.untimed = 0
        self.lock, self.over = threading.Lock(), threading.Event()

    def begin(self):
        with self.lock:
            if self.left == 0:
                return
            key = self.left
            self.left -= 1
        begun = time.perf_counter_ns() if key & self.untimed == 0 else None
        self.session.execute_async(self.statement, (key,)).add_callbacks(
            self.answered, self.failed, callback_args=(begun,))

    def answered(self, rows, begun):
        for key, value in rows:
            self.sum += key + len(value)
        if begun is not None:
            self.latencies.append(time.perf_counter_ns() - begun)
        with self.lock:
            self.owed -= 1
            if self.owed == 0:
                self.over.set()
        self.begin()

    def failed(self, failure):
        self.failure = failure
        self.over.set()

    def run(self, concurrency):
        # One request of sixteen is timed when many are in flight, as bench_load does.
        self.untimed = 15 if concurrency > 1 else 0
        for _ in range(concurrency):
            self.begin()
        self.over.wait()
        if self.failure:
            raise self.failure


def wait_for_connections(session, wanted, limit=60):
    """The driver opens its connections in the background and has no call that waits for them. Those that the cluster counts may not
    be known here yet, so it must be so for a while."""
    end = time.monotonic() + limit
    in_a_row = 0
    while in_a_row < 10:
        if time.monotonic() > end:
            raise SystemExit(f"after {limit} s there are not {wanted} connections")
        connections = session.execute("SELECT connections FROM bench.cluster").one()[0]
        in_a_row = in_a_row + 1 if connections >= wanted else 0
        time.sleep(0.02)


def main(address, port, concurrency, requests, ca=None, cluster=None):
    context = ssl.create_default_context(cafile=ca) if ca else None
    how = {"row_factory": tuple_factory, "request_timeout": 10, "consistency_level": ConsistencyLevel.LOCAL_ONE}
    lone = {}
    if not cluster:
        how["load_balancing_policy"] = RoundRobinPolicy()
        lone = {"schema_metadata_enabled": False, "token_metadata_enabled": False}
    connected = Cluster([address], port=port, protocol_version=4, ssl_context=context,
                        execution_profiles={EXEC_PROFILE_DEFAULT: ExecutionProfile(**how)}, **lone)
    session = connected.connect()
    if cluster:
        wait_for_connections(session, int(cluster))
    statement = session.prepare(STATEMENT)
    Load(session, statement, min(requests // 10, 20000) + concurrency, []).run(concurrency)
    latencies = []
    load = Load(session, statement, requests, latencies)
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    load.run(concurrency)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    latencies.sort()
    user = (after.ru_utime - before.ru_utime) / requests * 1e6
    system = (after.ru_stime - before.ru_stime) / requests * 1e6
    percentile = {f"{name}_us": latencies[int(which * (len(latencies) - 1))] / 1e3
                  for name, which in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))}
    print(json.dumps({"requests": requests, "seconds": wall, "requests_per_second": requests / wall, "user_us": user,
                      "system_us": system, "cpu_us": user + system, **percentile, "peak_rss_kib": after.ru_maxrss,
                      "sum": load.sum}))
    connected.shutdown()


if __name__ == "__main__":
    words = dict(word.partition("=")[::2] for word in sys.argv[5:])
    if len(sys.argv) < 5 or not words.keys() <= {"ca", "cluster"}:
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), **words)
