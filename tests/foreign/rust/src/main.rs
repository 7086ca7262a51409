//! foreign ADDRESS PORT READS CA SHARDS: ScyllaDB's Rust driver against a scripted cluster. Waits until it has all its
//! connections, reads the schema, writes and reads with prepared statements. CA "-": plain.

use std::error::Error;
use std::time::{Duration, Instant};

use openssl::ssl::{SslContextBuilder, SslMethod, SslVerifyMode};
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;

/// The driver opens connections to further shards in the background and has no call that waits for them. What the cluster
/// counts may not be known here yet, so it must be so for a while.
async fn wait_for_shards(session: &Session, shards: i32) -> Result<(), Box<dyn Error>> {
    let end = Instant::now() + Duration::from_secs(60);
    let mut in_a_row = 0;
    while in_a_row < 10 {
        if Instant::now() > end {
            return Err("after 60 s not every shard has a connection".into());
        }
        let rows = session.query_unpaged("SELECT connected FROM app.shards", &[]).await?.into_rows_result()?;
        let (connected,) = rows.single_row::<(i32,)>()?;
        in_a_row = if connected == shards { in_a_row + 1 } else { 0 };
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().collect();
    let (address, port, ca) = (&words[1], &words[2], &words[4]);
    let reads: usize = words[3].parse()?;
    let shards: i32 = words[5].parse()?;
    let mut builder = SessionBuilder::new().known_node(format!("{address}:{port}"));
    if ca != "-" {
        let mut context = SslContextBuilder::new(SslMethod::tls())?;
        context.set_ca_file(ca)?;
        context.set_verify(SslVerifyMode::PEER);
        builder = builder.tls_context(Some(context.build()));
    }
    let session = builder.build().await?;
    wait_for_shards(&session, shards).await?;
    let state = session.get_cluster_state();
    let table = state.get_keyspace("app").and_then(|each| each.tables.get("t")).ok_or("the table is not known")?;
    if table.columns.len() != 2 || table.partition_key != ["k"] {
        return Err(format!("the schema was read as {table:?}").into());
    }
    let put = session.prepare("INSERT INTO app.t (k, v) VALUES (?, ?)").await?;
    let find = session.prepare("SELECT v FROM app.t WHERE k = ?").await?;
    for i in 0..reads / 10 {
        session.execute_unpaged(&put, (format!("key {i}"), format!("value {i}"))).await?;
    }
    for i in 0..reads {
        let rows = session.execute_unpaged(&find, (format!("key {i}"),)).await?.into_rows_result()?;
        let (value,) = rows.single_row::<(String,)>()?;
        if value != format!("value of key {i}") {
            return Err(format!("read {i}: {value}").into());
        }
    }
    Ok(())
}
