#!/bin/sh
# Servers list the Rust driver by a version that it does not have: scylla 1.9.0 says 2.0.0.
#
# The crate scylla 1.9.0 (crates.io), asking Apache Cassandra 5.0.6 (Maven Central, started by tools/cluster) what drivers
# its clients have.
#
# DRIVER_VERSION in STARTUP is meant to tell an operator which release each client runs. This one is the version of the
# crate that writes the frames, scylla-cql, whose numbers are its own: 2.0.0 in scylla 1.9.0. Who looks in
# system_views.clients for those that are still to be upgraded finds a release that there is not. An application can set
# it: SelfIdentity::with_custom_driver_version.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
cluster() { "$here/tools/cluster/cluster" "$@" --name finding --directory "$folder/cluster"; }
trap 'cluster down >"$folder/log" 2>&1 || cat "$folder/log" >&2; rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM # dash leaves out the EXIT trap otherwise
cluster up --backend cassandra >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
eval "$(cluster env)"

mkdir -p "$folder/client/src"
cat >"$folder/client/Cargo.toml" <<'TOML'
[package]
name = "client"
version = "0.0.0"
edition = "2021"

[dependencies]
scylla = "=1.9.0"
tokio = { version = "1", features = ["rt", "macros"] }
TOML
cat >"$folder/client/src/main.rs" <<'RUST'
use scylla::client::session_builder::SessionBuilder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let node = std::env::args().nth(1).ok_or("no node was named")?;
    let session = SessionBuilder::new().known_node(node).build().await?;
    let text = "SELECT driver_name, driver_version FROM system_views.clients";
    let listed = session.query_unpaged(text, &[]).await?.into_rows_result()?;
    let mut lines = Vec::new();
    for row in listed.rows::<(Option<String>, Option<String>)>()? {
        let (name, version) = row?;
        lines.push(format!("{} {}", name.unwrap_or_default(), version.unwrap_or_default()));
    }
    lines.sort();
    lines.dedup();
    println!("the server lists: {}", lines.join(", "));
    Ok(())
}
RUST
cd "$folder/client"
cargo build --quiet 2>"$folder/cargo.log" || { cat "$folder/cargo.log" >&2; exit 1; }
{
    cargo tree --depth 1 --prefix none | sed -n 's/^scylla v\([0-9.]*\).*/the client has: scylla \1/p'
    target/debug/client "$COCQL_CONTACT_POINTS:$COCQL_PORT"
} >"$folder/seen"
cat "$folder/seen"
[ "$(cat "$folder/seen")" = "the client has: scylla 1.9.0
the server lists: ScyllaDB Rust Driver 2.0.0" ] || { echo "that has changed: see the head of this script" >&2; exit 1; }
