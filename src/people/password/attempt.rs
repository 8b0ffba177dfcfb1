//! An attempt to prove a password. It is counted before the password is looked at, and takes as long whoever is meant.

use entity::id::UserId;

use super::store;
use crate::error::Error;
use crate::request::Request;

/// An attempt that has been counted.
#[derive(Debug)]
pub(in crate::people) struct Attempt {
    /// Whose password; none where nobody has the address.
    pub user: Option<UserId>,
    /// The hash of the password; none where the person has no password.
    pub hash: Option<String>,
    /// May it be proven now: the account is in use, its address verified, and signing in is not locked?
    pub admitted: bool,
    /// Does signing in take a second factor?
    pub two_factor: bool,
}

impl Attempt {
    /// By somebody who names an address.
    pub async fn of_address(request: &Request, address: &str) -> Result<Self, Error> {
        store::attempt(request, Some(address), None).await
    }

    /// By a person who is signed in.
    pub async fn of_user(request: &Request, user: UserId) -> Result<Self, Error> {
        store::attempt(request, None, Some(user)).await
    }

    /// The person, where this is the password and may be proven now. No transaction is open meanwhile.
    pub async fn prove(&self, request: &Request, password: &str) -> Result<Option<UserId>, Error> {
        Ok(self.compare(request, password).await?.0)
    }

    /// The same; a hash that was made with other parameters than those of today is replaced.
    pub async fn prove_and_rehash(&self, request: &Request, password: &str) -> Result<Option<UserId>, Error> {
        let (proven, rehashed) = self.compare(request, password).await?;
        if let (Some(user), Some(previous), Some(rehashed)) = (proven, &self.hash, rehashed) {
            store::rehash(request, user, previous, &rehashed).await?;
        }
        Ok(proven)
    }

    /// Is this the password of a person who is signed in, and is about to change how it signs in?
    pub async fn proves_again(request: &Request, user: UserId, password: &str) -> Result<bool, Error> {
        let proven = Self::of_user(request, user).await?.prove_and_rehash(request, password).await?.is_some();
        if proven {
            store::forget(request, user).await?;
        }
        Ok(proven)
    }

    async fn compare(&self, request: &Request, password: &str) -> Result<(Option<UserId>, Option<String>), Error> {
        let verdict = request.services().passwords.verify(password.to_owned(), self.hash.clone()).await?;
        Ok((self.user.filter(|_| verdict.is_right && self.admitted), verdict.rehashed))
    }
}
