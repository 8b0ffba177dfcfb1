//! What fuzzers try. The bodies stand here once: `cargo fuzz run` drives them by coverage, `cargo test` by the corpus and by seeds.

#[path = "../../tests/graph/answer.rs"]
mod answer;
#[path = "../../tests/graph/compare.rs"]
mod compare;
#[path = "../../tests/graph/library/mod.rs"]
mod library;

pub mod analyser;
pub mod executor;
mod sketch;

/// Runs what a fuzzer has drawn to its end, on one thread.
pub fn wait_for<T>(run: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run)
}
