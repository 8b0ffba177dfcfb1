//! Hashes of passwords: Argon2id with 19 MiB, two passes and one lane, as OWASP has it.
//!
//! A hash takes some ten milliseconds of one core and its memory for as long, so few are made at a time, on threads of their own.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::error::Error;

/// KiB of memory.
const MEMORY: u32 = 19_456;
/// Passes over it.
const PASSES: u32 = 2;
/// Lanes side by side.
const LANES: u32 = 1;
/// Whoever waits longer for a place is told to come again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where passwords are hashed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    places: Arc<Semaphore>,
    /// Of no password: what is compared with where there is no account, so that it takes as long.
    nobodys: Arc<OnceLock<String>>,
}

/// What came of comparing a password with a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Is it the password?
    pub is_right: bool,
    /// Its hash with the parameters of today, where the stored one was made with others.
    pub rehashed: Option<String>,
}

impl Default for Passwords {
    fn default() -> Self {
        let places = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { places: Arc::new(Semaphore::new(places)), nobodys: Arc::default() }
    }
}

impl Passwords {
    /// The hash of a password, with a salt of its own.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        self.work(move || hashed(&password)).await
    }

    /// Compares a password with a hash; without one it takes as long, and is wrong.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<Verdict, Error> {
        let nobodys = Arc::clone(&self.nobodys);
        self.work(move || {
            let is_somebodys = hash.is_some();
            let hash = match hash {
                Some(hash) => hash,
                None => match nobodys.get() {
                    Some(hash) => hash.clone(),
                    None => nobodys.get_or_init(|| hashed("").unwrap_or_default()).clone(),
                },
            };
            // What cannot be read is nobody's hash, and lets nobody in.
            let Ok(parsed) = PasswordHash::new(&hash) else { return Ok(Verdict { is_right: false, rehashed: None }) };
            let is_right = argon2()?.verify_password(password.as_bytes(), &parsed).is_ok() && is_somebodys;
            let is_current = Params::try_from(&parsed)
                .is_ok_and(|params| (params.m_cost(), params.t_cost(), params.p_cost()) == (MEMORY, PASSES, LANES))
                && parsed.algorithm.as_str() == Algorithm::Argon2id.as_str();
            let rehashed = if is_right && !is_current { Some(hashed(&password)?) } else { None };
            Ok(Verdict { is_right, rehashed })
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
        let place = tokio::time::timeout(PATIENCE, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(place)) = place else { return Err(Error::Unavailable("too many passwords are being checked".into())) };
        tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        })
        .await
        .map_err(Error::internal)?
    }
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY, PASSES, LANES, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hashed(password: &str) -> Result<String, Error> {
    let hash: PasswordHash = argon2()?.hash_password(password.as_bytes()).map_err(Error::internal)?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::{Passwords, Verdict};

    #[tokio::test]
    async fn a_password_is_itself_and_hashes_of_other_parameters_are_made_anew() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let right = passwords.verify("correct horse".to_owned(), Some(hash.clone())).await.unwrap();
        assert_eq!(right, Verdict { is_right: true, rehashed: None });
        assert!(!passwords.verify("correct hors".to_owned(), Some(hash)).await.unwrap().is_right);
        assert!(!passwords.verify(String::new(), None).await.unwrap().is_right, "nobody's hash is nobody's");
        assert!(!passwords.verify("x".to_owned(), Some("rubbish".to_owned())).await.unwrap().is_right);
        let old = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$HLmErSZGzsTXyPfWc/PCLmPPYcp0eLMbbbhx4UTAfSY";
        let verdict = passwords.verify("not it".to_owned(), Some(old.to_owned())).await.unwrap();
        assert_eq!(verdict, Verdict { is_right: false, rehashed: None });
    }
}
