//! The load: connections that each send the next request as soon as the last is answered.

use std::{
    cell::RefCell,
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{TryStreamExt, stream::FuturesUnordered};
use hdrhistogram::Histogram;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, StatusCode,
    body::Incoming,
    client::conn::http1::{SendRequest, handshake},
    header::HOST,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::{failure::Failure, question::Question};

/// What every good answer begins with. That it is the right one was checked before.
const GOOD: &[u8] = b"{\"data\":{";

/// The longest latency that is told from longer ones, in microseconds: a minute.
const LONGEST: u64 = 60_000_000;

/// How much of a bad answer is shown.
const SHOWN: usize = 300;

/// What came of loading a peer for a while.
pub(crate) struct Figures {
    /// How long each answer took, in microseconds.
    pub(crate) latencies: Histogram<u64>,
    /// From the first request until the last answer.
    pub(crate) elapsed: Duration,
    /// The bytes of all answers' bodies.
    pub(crate) bytes: u64,
}

/// One connection that stays open.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// Which tenant is next; each connection goes its own way through them, the same for every peer.
    random: u64,
}

impl Connection {
    /// Connects to a peer.
    pub(crate) async fn open(address: SocketAddr, seed: u64) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // It fails when the peer goes away; whoever waits for an answer then hears of it.
        tokio::spawn(connection);
        Ok(Self { sender, random: seed })
    }

    /// The whole answer to one question.
    pub(crate) async fn ask(&mut self, question: &Question) -> Result<Bytes, Failure> {
        self.sender.ready().await?;
        let response = self.sender.send_request(question.clone()).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if status != StatusCode::OK || !body.starts_with(GOOD) {
            return Err(bad_answer(status, &body));
        }
        Ok(body)
    }

    /// Asks once and throws the answer away; returns its length.
    async fn hit(&mut self, questions: &[Question]) -> Result<u64, Failure> {
        let place = self.next_random() % questions.len().max(1);
        let question = questions.get(place).ok_or("there is nothing to ask")?;
        self.sender.ready().await?;
        let response = self.sender.send_request(question.clone()).await?;
        let status = response.status();
        let mut body = response.into_body();
        let first = next_chunk(&mut body).await?.unwrap_or_default();
        if status != StatusCode::OK || !first.starts_with(GOOD) {
            return Err(bad_answer(status, &first));
        }
        let mut length = first.len();
        while let Some(chunk) = next_chunk(&mut body).await? {
            length += chunk.len();
        }
        Ok(u64::try_from(length)?)
    }

    /// Asks once, takes whatever comes, and says what it was.
    pub(crate) async fn attempt(&mut self, questions: &[Question]) -> Result<StatusCode, Failure> {
        let place = self.next_random() % questions.len().max(1);
        let question = questions.get(place).ok_or("there is nothing to ask")?;
        self.sender.ready().await?;
        let response = self.sender.send_request(question.clone()).await?;
        let status = response.status();
        let mut body = response.into_body();
        while next_chunk(&mut body).await?.is_some() {}
        Ok(status)
    }

    async fn hit_until(&mut self, end: Instant, questions: &[Question], figures: &RefCell<Figures>) -> Result<(), Failure> {
        let mut before = Instant::now();
        while before < end {
            let length = self.hit(questions).await?;
            let after = Instant::now();
            let mut figures = figures.borrow_mut();
            figures.latencies.saturating_record(u64::try_from((after - before).as_micros())?);
            figures.bytes += length;
            before = after;
        }
        Ok(())
    }

    /// The generator of Marsaglia with 64 bits: any order of the tenants does, as long as it is repeated.
    fn next_random(&mut self) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random >> 32).unwrap_or_default()
    }
}

/// So many connections to one peer.
pub(crate) async fn open(address: SocketAddr, connections: u32) -> Result<Vec<Connection>, Failure> {
    let mut opened = Vec::new();
    for number in 1..=u64::from(connections) {
        // Spread over all bits, because neighbours would begin alike; and never 0, which stays 0.
        let seed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        opened.push(Connection::open(address, seed).await?);
    }
    Ok(opened)
}

/// Loads a peer for a while over all these connections, and waits for the last answers.
pub(crate) async fn run(connections: &mut [Connection], questions: &[Question], duration: Duration) -> Result<Figures, Failure> {
    let figures = RefCell::new(Figures { latencies: Histogram::new_with_max(LONGEST, 3)?, elapsed: Duration::ZERO, bytes: 0 });
    let began = Instant::now();
    let end = began + duration;
    connections
        .iter_mut()
        .map(|connection| connection.hit_until(end, questions, &figures))
        .collect::<FuturesUnordered<_>>()
        .try_collect::<()>()
        .await?;
    let mut figures = figures.into_inner();
    figures.elapsed = began.elapsed();
    Ok(figures)
}

/// Whether a peer says that it is ready.
pub(crate) async fn is_ready(address: SocketAddr) -> bool {
    readiness(address).await.is_ok_and(|status| status == StatusCode::OK)
}

async fn readiness(address: SocketAddr) -> Result<StatusCode, Failure> {
    let mut connection = Connection::open(address, 1).await?;
    let request = Request::get("/readyz").header(HOST, "localhost").body(Full::default())?;
    Ok(connection.sender.send_request(request).await?.status())
}

async fn next_chunk(body: &mut Incoming) -> Result<Option<Bytes>, Failure> {
    match body.frame().await {
        Some(frame) => Ok(Some(frame?.into_data().unwrap_or_default())),
        None => Ok(None),
    }
}

fn bad_answer(status: StatusCode, body: &[u8]) -> Failure {
    let text = String::from_utf8_lossy(&body[..body.len().min(SHOWN)]);
    format!("answered with {status}: {text}").into()
}
