// The same point reads as bench_load's, with Apache's gocql, or with ScyllaDB's (-tags scylla), one connection, one processor.
//
//	bench_go ADDRESS PORT CONCURRENCY REQUESTS [ca=FILE] [cluster=CONNECTIONS]
//	bench_go ADDRESS PORT CONNECTIONS SESSIONS [ca=FILE] gather
//
// A cluster gets as many connections as by a session of which nothing else is asked, and is routed to by token, which gocql
// wants to be told; it begins when there are so many of them.
// The other does what bench_gather does: sessions one after another, each until it has so many connections.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const statement = "SELECT key, value FROM bench.point WHERE key = ?"

func seconds(time syscall.Timeval) float64 { return float64(time.Sec) + float64(time.Usec)/1e6 }

// peakMemory is the most memory this program had resident, in KiB.
func peakMemory() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, "VmHWM:") {
			kib, _ := strconv.Atoi(strings.Fields(line)[1])
			return kib
		}
	}
	return 0
}

// untimedMask: one request of sixteen is timed when many are in flight, as bench_load does.
func untimedMask(concurrency int64) int64 {
	if concurrency > 1 {
		return 15
	}
	return 0
}

// many fills latencies, which has room for every request that is timed, unless it is nil.
func many(session *Session, concurrency, requests int64, latencies []uint32) (uint64, error) {
	untimed := untimedMask(concurrency)
	left := requests
	var sum uint64
	var failure atomic.Value
	var workers sync.WaitGroup
	for i := int64(0); i < concurrency; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for {
				key := atomic.AddInt64(&left, -1)
				if key < 0 {
					return
				}
				timed := latencies != nil && key&untimed == 0
				var begin time.Time
				if timed {
					begin = time.Now()
				}
				var read int64
				var value string
				if err := session.Query(statement, key).Scan(&read, &value); err != nil {
					failure.Store(err)
					return
				}
				atomic.AddUint64(&sum, uint64(read)+uint64(len(value)))
				if timed {
					latencies[key/(untimed+1)] = uint32(time.Since(begin).Nanoseconds())
				}
			}
		}()
	}
	workers.Wait()
	if err, _ := failure.Load().(error); err != nil {
		return 0, err
	}
	return sum, nil
}

func word(arguments []string, name string) string {
	for _, each := range arguments[5:] {
		if strings.HasPrefix(each, name) {
			return each[len(name):]
		}
	}
	return ""
}

// waitForConnections: the driver opens its connections in the background and has no call that waits for them. Those that
// the cluster counts may not be known here yet, so it must be so for a while.
func waitForConnections(session *Session, wanted int) error {
	end := time.Now().Add(60 * time.Second)
	for inARow := 0; inARow < 10; {
		if time.Now().After(end) {
			return fmt.Errorf("after 60 s there are not %d connections", wanted)
		}
		var connections int
		if err := session.Query("SELECT connections FROM bench.cluster").Scan(&connections); err != nil {
			return err
		}
		inARow++
		if connections < wanted {
			inARow = 0
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil
}

func cpuMilliseconds() float64 {
	var now syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &now); err != nil {
		return 0
	}
	return (seconds(now.Utime) + seconds(now.Stime)) * 1e3
}

// gather: the cluster answers when there are so many connections.
func gather(clusterOf func() *ClusterConfig, connections, sessions int64) error {
	allAreThere := fmt.Sprintf("SELECT connections FROM bench.cluster WHERE connections >= %d", connections)
	var wall, cpu []string
	for i := int64(0); i < sessions; i++ {
		cpuBefore := cpuMilliseconds()
		begin := time.Now()
		session, err := clusterOf().CreateSession()
		if err != nil {
			return err
		}
		var read int
		if err = session.Query(allAreThere).Scan(&read); err != nil {
			return err
		}
		wall = append(wall, fmt.Sprintf("%.3f", time.Since(begin).Seconds()*1e3))
		cpu = append(cpu, fmt.Sprintf("%.3f", cpuMilliseconds()-cpuBefore))
		session.Close()
		time.Sleep(50 * time.Millisecond)
	}
	fmt.Printf("{\"ms\": [%s], \"cpu_ms\": [%s]}\n", strings.Join(wall, ", "), strings.Join(cpu, ", "))
	return nil
}

func run(arguments []string) error {
	port, err := strconv.Atoi(arguments[2])
	if err != nil {
		return err
	}
	concurrency, err := strconv.ParseInt(arguments[3], 10, 64)
	if err != nil {
		return err
	}
	requests, err := strconv.ParseInt(arguments[4], 10, 64)
	if err != nil {
		return err
	}
	wanted := 0
	if connections := word(arguments, "cluster="); connections != "" {
		if wanted, err = strconv.Atoi(connections); err != nil {
			return err
		}
	}
	gathers := arguments[len(arguments)-1] == "gather"
	clusterOf := func() *ClusterConfig {
		cluster := newCluster(arguments[1])
		cluster.Port = port
		cluster.ProtoVersion = 4
		cluster.Timeout = 10 * time.Second
		cluster.ConnectTimeout = 10 * time.Second
		cluster.Consistency = localOne
		if wanted != 0 || gathers {
			cluster.PoolConfig.HostSelectionPolicy = tokenAware(roundRobin())
		} else {
			cluster.NumConns = 1
			cluster.Events.DisableNodeStatusEvents = true
			cluster.Events.DisableTopologyEvents = true
			cluster.Events.DisableSchemaEvents = true
		}
		if authority := word(arguments, "ca="); authority != "" {
			cluster.SslOpts = &SslOptions{CaPath: authority, EnableHostVerification: true}
		}
		return cluster
	}
	if gathers {
		return gather(clusterOf, concurrency, requests)
	}
	session, err := clusterOf().CreateSession()
	if err != nil {
		return err
	}
	defer session.Close()
	if wanted != 0 {
		if err = waitForConnections(session, wanted); err != nil {
			return err
		}
	}
	warmUp := requests / 10
	if warmUp > 20000 {
		warmUp = 20000
	}
	if _, err = many(session, concurrency, warmUp+concurrency, nil); err != nil {
		return err
	}
	latencies := make([]uint32, (requests-1)/(untimedMask(concurrency)+1)+1)
	var before, after syscall.Rusage
	if err = syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
		return err
	}
	begin := time.Now()
	sum, err := many(session, concurrency, requests, latencies)
	if err != nil {
		return err
	}
	wall := time.Since(begin).Seconds()
	if err = syscall.Getrusage(syscall.RUSAGE_SELF, &after); err != nil {
		return err
	}
	sort.Slice(latencies, func(i, j int) bool { return latencies[i] < latencies[j] })
	percentile := func(which float64) float64 {
		return float64(latencies[int(which*float64(len(latencies)-1))]) / 1e3
	}
	each := float64(requests)
	user := (seconds(after.Utime) - seconds(before.Utime)) / each * 1e6
	system := (seconds(after.Stime) - seconds(before.Stime)) / each * 1e6
	fmt.Printf("{\"requests\": %d, \"seconds\": %.6f, \"requests_per_second\": %.1f, \"user_us\": %.4f, "+
		"\"system_us\": %.4f, \"cpu_us\": %.4f, \"p50_us\": %.2f, \"p99_us\": %.2f, \"p999_us\": %.2f, "+
		"\"peak_rss_kib\": %d, \"sum\": %d}\n", requests, wall, each/wall, user, system, user+system,
		percentile(0.5), percentile(0.99), percentile(0.999), peakMemory(), sum)
	return nil
}

func main() {
	if len(os.Args) < 5 {
		fmt.Fprintln(os.Stderr, "usage: bench_go ADDRESS PORT CONCURRENCY REQUESTS [ca=FILE] [cluster=CONNECTIONS]")
		fmt.Fprintln(os.Stderr, "       bench_go ADDRESS PORT CONNECTIONS SESSIONS [ca=FILE] gather")
		os.Exit(2)
	}
	runtime.GOMAXPROCS(1)
	if err := run(os.Args); err != nil {
		fmt.Fprintln(os.Stderr, "bench_go:", err)
		os.Exit(1)
	}
}
