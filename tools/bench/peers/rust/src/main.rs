// The same point reads as bench_load's, with ScyllaDB's Rust driver, one connection, one thread.
//
//   bench_rust ADDRESS PORT CONCURRENCY REQUESTS [ca=FILE] [cluster=CONNECTIONS]
//   bench_rust ADDRESS PORT CONNECTIONS SESSIONS [ca=FILE] gather
//
// A cluster gets the connections and is routed to as by a session of which nothing else is asked; it begins when there
// are so many of them.
// The other does what bench_gather does: sessions one after another, each until it has so many connections.
use openssl::ssl::{SslContextBuilder, SslMethod, SslVerifyMode};
use scylla::client::session::{OpenSsl010Config, Session};
use scylla::client::session_builder::SessionBuilder;
use scylla::client::PoolSize;
use scylla::statement::prepared::PreparedStatement;
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

fn usage() -> libc::rusage {
    let mut now = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut now) };
    now
}

/// The most memory this program had resident, in KiB.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or("0");
    line.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0)
}

fn seconds(time: libc::timeval) -> f64 {
    time.tv_sec as f64 + time.tv_usec as f64 / 1e6
}

async fn read(session: &Session, statement: &PreparedStatement, key: i64) -> Result<u64, Box<dyn Error>> {
    let rows = session.execute_unpaged(statement, (key,)).await?.into_rows_result()?;
    let mut sum = 0;
    for row in rows.rows::<(i64, &str)>()? {
        let (read, value) = row?;
        sum += read as u64 + value.len() as u64;
    }
    Ok(sum)
}

/// One request of sixteen is timed when many are in flight, as bench_load does.
async fn many(session: &Session, statement: &PreparedStatement, concurrency: u64, requests: u64,
              latencies: &RefCell<Vec<u32>>) -> Result<u64, Box<dyn Error>> {
    let left = Cell::new(requests);
    let sum = Cell::new(0u64);
    let untimed = if concurrency > 1 { 15 } else { 0 };
    let workers = (0..concurrency).map(|_| async {
        while left.get() != 0 {
            let key = left.get();
            left.set(key - 1);
            let begin = (key & untimed == 0).then(Instant::now);
            sum.set(sum.get() + read(session, statement, key as i64).await?);
            if let Some(begin) = begin {
                latencies.borrow_mut().push(begin.elapsed().as_nanos() as u32);
            }
        }
        Ok::<(), Box<dyn Error>>(())
    });
    futures::future::try_join_all(workers).await?;
    Ok(sum.get())
}

/// The driver opens its connections in the background and has no call that waits for them. Those that the cluster counts
/// may not be known here yet, so it must be so for a while.
async fn wait_for_connections(session: &Session, wanted: i32) -> Result<(), Box<dyn Error>> {
    let end = Instant::now() + Duration::from_secs(60);
    let mut in_a_row = 0;
    while in_a_row < 10 {
        if Instant::now() > end {
            return Err(format!("after 60 s there are not {wanted} connections").into());
        }
        let rows = session.query_unpaged("SELECT connections FROM bench.cluster", &[]).await?.into_rows_result()?;
        let (connections,) = rows.single_row::<(i32,)>()?;
        in_a_row = if connections >= wanted { in_a_row + 1 } else { 0 };
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

fn builder_of(arguments: &[String], in_cluster: bool) -> Result<SessionBuilder, Box<dyn Error>> {
    let mut builder = SessionBuilder::new()
        .known_node(format!("{}:{}", arguments[1], arguments[2]))
        .connection_timeout(Duration::from_secs(10));
    if !in_cluster {
        builder = builder.pool_size(PoolSize::PerHost(NonZeroUsize::new(1).unwrap())).fetch_schema_metadata(false);
    }
    if let Some(authority) = arguments[5..].iter().find_map(|each| each.strip_prefix("ca=")) {
        let mut context = SslContextBuilder::new(SslMethod::tls())?;
        context.set_ca_file(authority)?;
        context.set_verify(SslVerifyMode::PEER);
        builder = builder.tls_context(Some(OpenSsl010Config::from_dangerous_builder(context)));
    }
    Ok(builder)
}

/// The cluster answers when there are so many connections.
async fn gather(arguments: &[String], sessions: u64) -> Result<(), Box<dyn Error>> {
    let all_are_there = format!("SELECT connections FROM bench.cluster WHERE connections >= {}", arguments[3]);
    let cpu = || {
        let now = usage();
        (seconds(now.ru_utime) + seconds(now.ru_stime)) * 1e3
    };
    let (mut wall_taken, mut cpu_taken) = (Vec::new(), Vec::new());
    for _ in 0..sessions {
        let cpu_before = cpu();
        let begin = Instant::now();
        let session = builder_of(arguments, true)?.build().await?;
        session.query_unpaged(all_are_there.as_str(), &[]).await?;
        wall_taken.push(format!("{:.3}", begin.elapsed().as_secs_f64() * 1e3));
        cpu_taken.push(format!("{:.3}", cpu() - cpu_before));
        drop(session);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("{{\"ms\": [{}], \"cpu_ms\": [{}]}}", wall_taken.join(", "), cpu_taken.join(", "));
    Ok(())
}

async fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let concurrency: u64 = arguments[3].parse()?;
    let requests: u64 = arguments[4].parse()?;
    let word = |name: &str| arguments[5..].iter().find_map(|each| each.strip_prefix(name));
    let cluster: Option<i32> = word("cluster=").map(str::parse).transpose()?;
    if arguments.last().is_some_and(|last| last == "gather") {
        return gather(arguments, requests).await;
    }
    let session = builder_of(arguments, cluster.is_some())?.build().await?;
    if let Some(connections) = cluster {
        wait_for_connections(&session, connections).await?;
    }
    let statement = session.prepare("SELECT key, value FROM bench.point WHERE key = ?").await?;
    let latencies = RefCell::new(Vec::new());
    many(&session, &statement, concurrency, (requests / 10).min(20_000) + concurrency, &latencies).await?;
    latencies.borrow_mut().clear();
    latencies.borrow_mut().reserve(requests as usize);
    let before = usage();
    let begin = Instant::now();
    let sum = many(&session, &statement, concurrency, requests, &latencies).await?;
    let wall = begin.elapsed().as_secs_f64();
    let after = usage();
    let mut sorted = latencies.into_inner();
    sorted.sort_unstable();
    let percentile = |which: f64| sorted[(which * (sorted.len() - 1) as f64) as usize] as f64 / 1e3;
    let each = requests as f64;
    let user = (seconds(after.ru_utime) - seconds(before.ru_utime)) / each * 1e6;
    let system = (seconds(after.ru_stime) - seconds(before.ru_stime)) / each * 1e6;
    println!(
        "{{\"requests\": {requests}, \"seconds\": {wall:.6}, \"requests_per_second\": {:.1}, \"user_us\": {user:.4}, \
         \"system_us\": {system:.4}, \"cpu_us\": {:.4}, \"p50_us\": {:.2}, \"p99_us\": {:.2}, \"p999_us\": {:.2}, \
         \"peak_rss_kib\": {}, \"sum\": {sum}}}",
        each / wall, user + system, percentile(0.5), percentile(0.99), percentile(0.999), peak_memory()
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.len() < 5 {
        eprintln!("usage: bench_rust ADDRESS PORT CONCURRENCY REQUESTS [ca=FILE] [cluster=CONNECTIONS]");
        eprintln!("       bench_rust ADDRESS PORT CONNECTIONS SESSIONS [ca=FILE] gather");
        std::process::exit(2);
    }
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(&arguments))
}
