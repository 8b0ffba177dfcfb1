//! The whole of a run: start, check, measure, print.

use std::{fs, path::PathBuf, time::Duration};

use clap::Args;

use crate::{
    agreement,
    cluster::Cluster,
    failure::Failure,
    identity::{self, Identity},
    machine,
    measure::{Measurement, measure},
    peer::{Peer, PeerKind},
    question::{Question, question},
    report::{self, Report},
    shape::{Family, Shape},
};

/// In how many tenants the answers are compared.
const COMPARED_TENANTS: usize = 5;

/// What is measured, and on what.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The database, as a `postgres://` address.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// The people who ask, as `tenantry token --one-per-tenant` wrote them.
    #[arg(long, default_value = "target/bench/tokens.json")]
    tokens: PathBuf,
    /// How long each measurement takes, after a fifth of it for warming up.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Which queries.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "org-tree,point,me")]
    only: Vec<Family>,
    /// Which programs.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "gateway,limit,tuned,stock")]
    peers: Vec<PeerKind>,
    /// Over how many connections.
    #[arg(long, value_delimiter = ',', default_value = "1,8,32")]
    connections: Vec<u32>,
    /// Where to write the figures as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// The gateway.
    #[arg(long, env = "TENANTRY_BIN", default_value = "target/release/tenantry")]
    gateway: PathBuf,
}

/// Runs the benchmark.
pub(crate) async fn run(arguments: RunArguments) -> Result<(), Failure> {
    let identities = identity::read(&arguments.tokens)?;
    let shapes: Vec<Shape> = arguments.only.iter().flat_map(|family| family.shapes()).collect();
    let cluster = Cluster::connect(&arguments.database_url).await?;
    cluster.pay_all_bills().await?;
    let peers = start(&arguments).await?;

    let sample = identity::sample(&identities, COMPARED_TENANTS);
    agreement::check(&peers, &shapes, sample).await?;
    let machine = machine::describe(cluster.describe().await?);
    println!("{machine}");
    println!(
        "{} tenants, {} s for each measurement; all peers gave the same data\n\n{}",
        identities.len(),
        arguments.seconds,
        report::LEGEND
    );

    let mut measurements = Vec::new();
    for shape in shapes {
        report::print_heading(shape);
        for connections in &arguments.connections {
            let group = group(&arguments, &peers, shape, *connections, &identities, &cluster).await?;
            report::print_group(&group);
            measurements.extend(group);
        }
    }
    for peer in peers {
        peer.stop().await?;
    }
    if let Some(file) = &arguments.json {
        let report = Report { machine, tenants: identities.len(), seconds: arguments.seconds, measurements };
        fs::write(file, serde_json::to_vec_pretty(&report)?)?;
    }
    Ok(())
}

/// All peers run from the beginning; one that is not loaded costs nothing.
async fn start(arguments: &RunArguments) -> Result<Vec<Peer>, Failure> {
    let mut peers = Vec::new();
    for kind in &arguments.peers {
        match Peer::start(*kind, &arguments.gateway, &arguments.database_url).await {
            Ok(peer) => peers.push(peer),
            // The others say enough without it.
            Err(error) if *kind == PeerKind::Stock => eprintln!("{kind} is left out: {error}"),
            Err(error) => return Err(format!("{kind}: {error}").into()),
        }
    }
    if peers.is_empty() {
        return Err("no peer is left to measure".into());
    }
    Ok(peers)
}

/// The peers one after the other, so close in time that the machine is the same for all.
async fn group(
    arguments: &RunArguments,
    peers: &[Peer],
    shape: Shape,
    connections: u32,
    identities: &[Identity],
    cluster: &Cluster,
) -> Result<Vec<Measurement>, Failure> {
    let duration = Duration::from_secs(arguments.seconds);
    let mut group = Vec::new();
    for peer in peers {
        let questions =
            identities.iter().map(|identity| question(peer.kind, shape, identity)).collect::<Result<Vec<Question>, Failure>>()?;
        let measurement = measure(peer, shape, &questions, connections, duration, cluster)
            .await
            .map_err(|error| format!("{} over {connections} connections: {error}", peer.kind))?;
        group.push(measurement);
    }
    Ok(group)
}
