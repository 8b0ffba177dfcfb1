//! The targets of the fuzzers in `fuzz/`, without one: over the corpus, over what grows from it, and over what seeds draw.

#[path = "../../fuzz/src/analyser.rs"]
mod analyser;
#[path = "../../fuzz/src/executor.rs"]
mod executor;
#[path = "../../fuzz/src/sketch.rs"]
mod sketch;

use std::path::Path;

use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};

use super::{answer, compare, library};

/// Pieces of documents, whole and broken.
const PIECES: [&str; 60] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "...",
    "on",
    "Query",
    "Book",
    "Node",
    "fragment",
    "f",
    "g",
    "query",
    "mutation",
    "$v",
    "=",
    "1",
    "-1.5e3",
    "\"",
    "\"\"",
    "\"\"\"",
    "\\",
    "\\\"\"\"",
    "\\\\",
    "#",
    "\r",
    "\n",
    "\u{feff}",
    "!",
    "@skip(if: true)",
    "@d",
    "@",
    "true",
    "null",
    "RED",
    "book",
    "books",
    "number: 1",
    "numbers: [1 2]",
    "volumes",
    "a: ",
    "b: c",
    "__typename",
    "__schema",
    "__type(name: \"Q\")",
    "fields",
    "interfaces",
    "type",
    "_service",
    "{ book { next { next { next { color } } } } }",
    "...f",
    "...g",
    "fragment f on Query {",
    "fragment g on Book {",
    "query Q($v: [[Int!]!] = [[1]]) {",
    "echo(filter: {name: \"a\"}) { heard }",
    "\u{0}",
];

/// What a fuzzer would begin with.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// The same with something cut out, doubled, or taken from elsewhere.
fn mutated(random: &mut StdRng, bytes: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.random_range(1..3) {
        let start = random.random_range(0..=bytes.len());
        let end = random.random_range(start..=bytes.len()).min(start + 40);
        match random.random_range(0..4) {
            0 => drop(bytes.drain(start..end)),
            1 => {
                let piece = bytes[start..end].to_vec();
                bytes.splice(start..start, piece);
            }
            2 => {
                let from = random.random_range(0..=other.len());
                bytes.splice(start..end, other[from..].iter().copied().take(40));
            }
            _ => drop(bytes.splice(start..start, PIECES[random.random_range(0..PIECES.len())].bytes())),
        }
    }
    bytes
}

#[tokio::test]
async fn documents_of_every_kind_are_let_in_or_refused_by_their_size() {
    let corpus = corpus("analyser");
    let (mut let_in, mut random) = (0, StdRng::seed_from_u64(7));
    for text in &corpus {
        let_in += usize::from(analyser::check(std::str::from_utf8(text).unwrap()).await);
    }
    assert!(let_in > 5 && let_in < corpus.len(), "{let_in} of {}", corpus.len());
    for _ in 0..4_000 {
        let [one, other] = [(); 2].map(|()| &corpus[random.random_range(0..corpus.len())]);
        let text = mutated(&mut random, one, other);
        let_in += usize::from(analyser::check(&String::from_utf8_lossy(&text)).await);
        let count = random.random_range(0..40);
        let soup: Vec<&str> = (0..count).map(|_| PIECES[random.random_range(0..PIECES.len())]).collect();
        let_in += usize::from(analyser::check(&soup.join([" ", ""][random.random_range(0..2)])).await);
    }
    // Texts that are all refused would try only half of it.
    assert!(let_in > 50, "{let_in}");
}

#[tokio::test]
async fn drawn_queries_are_answered_as_the_stock_executor_answers_them() {
    let mut drawn = corpus("executor");
    let mut random = StdRng::seed_from_u64(11);
    for length in 0..250 {
        let mut bytes = vec![0; length];
        random.fill_bytes(&mut bytes);
        drawn.push(bytes);
    }
    let (mut bytes, mut selected) = (0, 0);
    for seed in &drawn {
        let (text, body) = executor::check(seed).await;
        // The same query, as a text among others.
        analyser::check(&text).await;
        bytes += body.len();
        selected += text.len();
    }
    assert!(bytes > 50_000 && selected > 25_000, "{bytes} bytes of answers to {selected} bytes of queries");
}
