//! Clients that read, change and listen all the while, at both processes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::asking::{Came, Client};
use super::clerk::Book;
use super::ledger;
use crate::live::Office;
use crate::live::follower::{By, Follower};

const NAMES: &str =
    "query Names { organizations(first: 5) { nodes { id name members(first: 3) { nodes { user { displayName } } } } } }";
/// Clients that read, and that change.
const READERS: usize = 3;
const CLERKS: usize = 3;
/// So often nothing may go wrong before all is well.
const IN_A_ROW: usize = 15;
/// Clients take a breath after an answer, and a longer one after a refusal.
const BREATH: Duration = Duration::from_millis(5);
const LONGER: Duration = Duration::from_millis(50);

/// What all clients share.
struct Shared {
    addresses: [String; 2],
    organization: String,
    token: String,
    /// Answers and refusals of each process.
    answered: [AtomicU64; 2],
    refused: [AtomicU64; 2],
    cut: [AtomicU64; 2],
    pauses: AtomicBool,
    is_over: AtomicBool,
}

/// Clients that run.
pub struct Load {
    shared: Arc<Shared>,
    readers: Vec<JoinHandle<()>>,
    clerks: Vec<JoinHandle<Book>>,
    followers: Vec<JoinHandle<Follower>>,
}

impl Shared {
    fn count(&self, place: usize, came: &Came) {
        let counters = match came {
            Came::Answer(_) => &self.answered,
            Came::Refused => &self.refused,
            Came::Cut => &self.cut,
        };
        counters[place].fetch_add(1, Ordering::Relaxed);
    }

    /// Takes a breath, and waits where all are to be silent. Says whether to go on.
    async fn goes_on(&self, came: &Came) -> bool {
        tokio::time::sleep(if matches!(came, Came::Answer(_)) { BREATH } else { LONGER }).await;
        while self.pauses.load(Ordering::Relaxed) && !self.is_over.load(Ordering::Relaxed) {
            tokio::time::sleep(LONGER).await;
        }
        !self.is_over.load(Ordering::Relaxed)
    }

    async fn read(&self, client: &Client, place: usize) -> Came {
        let came = client.ask(&self.addresses[place], "reading", &json!({ "query": NAMES })).await;
        if let Came::Answer(data) = &came {
            assert!(data["organizations"]["nodes"].as_array().is_some_and(|nodes| !nodes.is_empty()), "{data:#}");
        }
        self.count(place, &came);
        came
    }
}

async fn reads(shared: Arc<Shared>, reader: usize) {
    let client = Client::of(&shared.token);
    for number in reader.. {
        let came = shared.read(&client, number % 2).await;
        if !shared.goes_on(&came).await {
            return;
        }
    }
}

async fn changes(shared: Arc<Shared>, clerk: usize) -> Book {
    let (client, mut book) = (Client::of(&shared.token), Book::default());
    for number in clerk.. {
        let place = number % 2;
        let came = book.rename(&client, &shared.addresses[place], &shared.organization, clerk).await;
        shared.count(place, &came);
        let mut goes_on = shared.goes_on(&came).await;
        let deed = book.next(clerk);
        // Whoever is not told that it is done asks again, at the other process, with the same key.
        for attempt in number.. {
            let came = deed.ask(&client, &shared.addresses[attempt % 2]).await;
            shared.count(attempt % 2, &came);
            goes_on &= shared.goes_on(&came).await;
            if deed.is_given_up || !goes_on || matches!(came, Came::Answer(_)) {
                break;
            }
        }
        if !goes_on {
            return book;
        }
    }
    book
}

/// Listens at one process first, and at the other where that is away.
async fn listens(shared: Arc<Shared>, by: By, first: usize, after: String) -> Follower {
    let mut follower = Follower::by(by, &shared.token, &shared.organization, after);
    let addresses = [&*shared.addresses[first], &*shared.addresses[1 - first]];
    while !shared.is_over.load(Ordering::Relaxed) {
        follower.follow(&addresses, Duration::from_millis(200)).await;
    }
    follower
}

impl Load {
    pub async fn begin(office: &Office, addresses: &[String; 2]) -> Self {
        let after = office.now(&office.boss).await;
        let shared = Arc::new(Shared {
            addresses: addresses.clone(),
            organization: office.organization(0),
            token: office.boss.token.clone(),
            answered: Default::default(),
            refused: Default::default(),
            cut: Default::default(),
            pauses: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        });
        let listeners = [(By::Socket, 0), (By::Socket, 1), (By::Stream, 0)];
        Self {
            readers: (0..READERS).map(|reader| tokio::spawn(reads(Arc::clone(&shared), reader))).collect(),
            clerks: (0..CLERKS).map(|clerk| tokio::spawn(changes(Arc::clone(&shared), clerk))).collect(),
            followers: listeners.map(|(by, first)| tokio::spawn(listens(Arc::clone(&shared), by, first, after.clone()))).into(),
            shared,
        }
    }

    /// Nobody has failed so far.
    fn holds(&self) {
        let ended = self.readers.iter().any(JoinHandle::is_finished) || self.clerks.iter().any(JoinHandle::is_finished);
        assert!(!ended && !self.followers.iter().any(JoinHandle::is_finished), "a client has failed: see above");
    }

    /// Lets it run for so long.
    pub async fn runs(&self, time: Duration) {
        tokio::time::sleep(time).await;
        self.holds();
    }

    /// Waits until each of these processes has refused several.
    pub async fn is_refused_on(&self, places: &[usize]) {
        self.rises(&self.shared.refused, places).await;
    }

    /// Waits until each of these processes has answered many.
    pub async fn is_answered_on(&self, places: &[usize]) {
        for _ in 0..3 {
            self.rises(&self.shared.answered, places).await;
        }
    }

    async fn rises(&self, counters: &[AtomicU64; 2], places: &[usize]) {
        for &place in places {
            let before = counters[place].load(Ordering::Relaxed);
            for _ in 0..1_200 {
                if counters[place].load(Ordering::Relaxed) >= before + 5 {
                    break;
                }
                self.runs(Duration::from_millis(50)).await;
            }
            assert!(counters[place].load(Ordering::Relaxed) >= before + 5, "process {place}");
        }
    }

    /// Waits until both processes answer one after the other without a single refusal. Others are silent meanwhile: a door
    /// that is busy refuses, too.
    pub async fn recovers(&self) {
        self.shared.pauses.store(true, Ordering::Relaxed);
        let client = Client::of(&self.shared.token);
        for place in 0..2 {
            let (mut in_a_row, mut asked) = (0, 0);
            while in_a_row < IN_A_ROW {
                assert!(asked < 600, "process {place} never recovers");
                asked += 1;
                in_a_row = if matches!(self.shared.read(&client, place).await, Came::Answer(_)) { in_a_row + 1 } else { 0 };
                if in_a_row == 0 {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        self.shared.pauses.store(false, Ordering::Relaxed);
        self.is_answered_on(&[0, 1]).await;
    }

    /// Ends it, and compares what all were told with what there is.
    pub async fn ends(self, office: &Office) {
        self.holds();
        self.shared.is_over.store(true, Ordering::Relaxed);
        for reader in self.readers {
            reader.await.unwrap();
        }
        let (client, mut books) = (Client::of(&self.shared.token), Vec::new());
        for clerk in self.clerks {
            let mut book = clerk.await.unwrap();
            // What was not given up is asked for until it is there; and what is there, once more: nothing is made twice.
            for (number, deed) in book.deeds.iter_mut().enumerate().filter(|(_, deed)| !deed.is_given_up) {
                let came = deed.ask(&client, &self.shared.addresses[number % 2]).await;
                assert!(matches!(came, Came::Answer(_)), "{came:?}");
            }
            books.push(book);
        }
        // The second process was never killed: whoever asked it was answered.
        assert_eq!(self.shared.cut[1].load(Ordering::Relaxed), 0, "connections were cut");
        ledger::balances(&office.world, &self.shared.organization, &books).await;
        let addresses = [&*self.shared.addresses[0], &*self.shared.addresses[1]];
        let mut all: Vec<Vec<Value>> = Vec::new();
        for follower in self.followers {
            let mut follower = follower.await.unwrap();
            follower.has_heard_all(&office.world.pool, &addresses).await;
            all.push(follower.told);
        }
        assert!(all[0].len() > 20 && all.iter().all(|told| *told == all[0]), "all were told the same");
    }
}
