//! What requests made to hurt cost the server: its time on the processor for each, and its memory at the end.

#[expect(dead_code, reason = "the tests compare what comes back, which is not measured here")]
#[path = "../../tests/attacks/arsenal.rs"]
mod arsenal;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

use self::arsenal::{Attack, arsenal};
use crate::{
    failure::Failure,
    peer::{Peer, PeerKind},
    process,
};

/// What one of them may cost.
const MOST: Duration = Duration::from_millis(50);
/// How often each is sent; one alone is hard to measure.
const TIMES: u32 = 10;
/// Hashes of documents that nobody has registered.
const RANDOM_HASHES: u32 = 10_000;
/// Requests that are begun and not ended.
const HALVES: usize = 1_000;

/// What is attacked.
#[derive(Debug, Args)]
pub(crate) struct AttackArguments {
    /// The database, as a `postgres://` address.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// The gateway.
    #[arg(long, env = "TENANTRY_BIN", default_value = "target/release/tenantry")]
    gateway: PathBuf,
}

/// What came of one of them.
struct Cost {
    what: String,
    refused: String,
    bytes: usize,
    processor: Duration,
}

/// Attacks a gateway and prints a table; fails where one costs more than it may.
pub(crate) async fn run(arguments: AttackArguments) -> Result<(), Failure> {
    let peer = Peer::start(PeerKind::Gateway, &arguments.gateway, &arguments.database_url).await?;
    // Once for what is only made once.
    send(peer.address, &request("POST", "", &[("content-type", "application/json")], b"{\"query\":\"{ __typename }\"}")).await?;
    let before = process::memory(peer.process).ok_or("the memory of the gateway is not known")?;
    let mut costs = Vec::new();
    for Attack { what, method, parameters, headers, body, .. } in arsenal() {
        let request = request(method, &parameters, &headers, &body);
        costs.push(cost(&peer, what, TIMES, |_| request.clone()).await?);
    }
    costs.push(cost(&peer, format!("{RANDOM_HASHES} random persisted queries, each"), RANDOM_HASHES, random_hash).await?);
    costs.push(halves(&peer).await?);
    println!("{:<56} {:>28} {:>8} {:>9}", "", "refused with", "bytes", "CPU ms");
    for Cost { what, refused, bytes, processor } in &costs {
        println!("{what:<56.56} {refused:>28} {bytes:>8} {:>9.2}", processor.as_secs_f64() * 1_000.0);
    }
    let after = process::memory(peer.process).ok_or("the gateway is gone")?;
    let mebibytes = |bytes: u64| bytes / 1024 / 1024;
    println!(
        "\nmemory: {} MiB before, {} MiB after, {} MiB at most",
        mebibytes(before.resident),
        mebibytes(after.resident),
        mebibytes(after.peak)
    );
    peer.stop().await?;
    match costs.iter().filter(|cost| cost.processor > MOST).map(|cost| cost.what.as_str()).collect::<Vec<_>>().as_slice() {
        [] => Ok(()),
        slow => Err(format!("more than {} ms: {}", MOST.as_millis(), slow.join("; ")).into()),
    }
}

/// Sends requests one after the other, and says what each has cost.
async fn cost(peer: &Peer, what: String, times: u32, request: impl Fn(u32) -> Vec<u8>) -> Result<Cost, Failure> {
    let before = process::busy(peer.process).ok_or("the time of the gateway is not known")?;
    let mut answer = String::new();
    for number in 0..times {
        answer = send(peer.address, &request(number)).await?;
    }
    let busy = process::busy(peer.process).ok_or("the gateway is gone")?.saturating_sub(before);
    let status = answer.split(' ').nth(1).unwrap_or("nothing");
    let code = answer.split("\"code\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    Ok(Cost { what, refused: format!("{status} {code}"), bytes: answer.len(), processor: busy / times })
}

/// Connections that send half a request, all at once, and then hang up.
async fn halves(peer: &Peer) -> Result<Cost, Failure> {
    let before = process::busy(peer.process).ok_or("the time of the gateway is not known")?;
    let mut open = Vec::with_capacity(HALVES);
    for _ in 0..HALVES {
        let mut stream = TcpStream::connect(peer.address).await?;
        stream
            .write_all(b"POST /graphql HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
            .await?;
        open.push(stream);
    }
    drop(open);
    sleep(Duration::from_millis(200)).await;
    let busy = process::busy(peer.process).ok_or("the gateway is gone")?.saturating_sub(before);
    let count = u32::try_from(HALVES)?;
    Ok(Cost { what: format!("{HALVES} requests half sent, each"), refused: "held".to_owned(), bytes: 0, processor: busy / count })
}

fn random_hash(number: u32) -> Vec<u8> {
    // Any hash that nobody has sent before.
    let hash = format!("{:064x}", u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
    let body = format!("{{\"extensions\":{{\"persistedQuery\":{{\"version\":1,\"sha256Hash\":\"{hash}\"}}}}}}");
    request("POST", "", &[("content-type", "application/json")], body.as_bytes())
}

fn request(method: &str, parameters: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = headers.concat();
    let head = format!(
        "{method} /graphql{parameters} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Sends bytes as they are, and reads until the server hangs up.
async fn send(address: SocketAddr, request: &[u8]) -> Result<String, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    // A server that has seen enough may hang up while we still send.
    let _ = stream.write_all(request).await;
    let mut received = Vec::new();
    let _ = stream.read_to_end(&mut received).await;
    Ok(String::from_utf8_lossy(&received).into_owned())
}
