//! Automatic persisted queries: texts that signed-in front ends sent once, so that their hashes will do from then on.
//!
//! They are kept in memory, up to so many bytes, and those that are asked for most stay longest; a client whose text is gone sends it
//! again. Nothing that is registered is among them.

use std::sync::Arc;

use moka::sync::Cache;

/// What an entry takes besides its text.
const ENTRY: usize = 200;

/// The texts that were sent, by the SHA-256 of each. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Automatic(Cache<[u8; 32], Arc<str>>);

impl Automatic {
    /// None yet, and never more than so many bytes.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        let weigh = |_: &[u8; 32], text: &Arc<str>| u32::try_from(text.len() + ENTRY).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(bytes).weigher(weigh).build())
    }

    /// The text of this hash.
    #[must_use]
    pub fn get(&self, hash: &[u8; 32]) -> Option<Arc<str>> {
        self.0.get(hash)
    }

    /// Keeps a text, which has this hash.
    pub fn keep(&self, hash: [u8; 32], text: &str) {
        if !self.0.contains_key(&hash) {
            self.0.insert(hash, text.into());
        }
    }

    /// How many bytes there are; what was added or pushed out at this moment may not be counted yet.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.run_pending_tasks();
        self.0.weighted_size()
    }
}
