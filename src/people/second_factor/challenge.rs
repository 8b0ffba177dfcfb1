//! The question for the second factor, which whoever has proven the password gets instead of a session.

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{ChallengeId, UserId};

use super::store;
use crate::clock;
use crate::database::TokenHash;
use crate::error::Error;
use crate::graph::{Object, ObjectType};
use crate::people::event::Happened;
use crate::request::Stranger;

/// The question holds so long.
const LIFE: TimeDelta = TimeDelta::minutes(5);

/// A question that waits for its answer.
#[derive(Debug)]
pub(in crate::people) struct SignInChallenge {
    token: String,
    expires_at: DateTime<Utc>,
}

impl SignInChallenge {
    /// Asks somebody who has proven the password.
    pub async fn ask(stranger: &Stranger, user: UserId) -> Result<Self, Error> {
        stranger.become_user(user).await?;
        let challenge = Self { token: clock::secret("tc_"), expires_at: stranger.now + LIFE };
        let id: ChallengeId = clock::new_id();
        store::ask(stranger, user, id, &TokenHash::of(&challenge.token), challenge.expires_at).await?;
        Happened::SecondFactorAsked.to(user, &stranger.transaction, stranger.request()).await?;
        Ok(challenge)
    }

    /// Counts an attempt to answer the question with this token, and says who is asked, as whom the transaction goes on; none
    /// where it does not hold.
    pub async fn attempt(stranger: &Stranger, token: &str) -> Result<Option<UserId>, Error> {
        let user = store::attempt(stranger, &TokenHash::of(token)).await?;
        if let Some(user) = user {
            stranger.become_user(user).await?;
        }
        Ok(user)
    }

    /// The question was answered: it does not hold any more.
    pub async fn answered(stranger: &Stranger, token: &str) -> Result<(), Error> {
        store::answered(stranger, &TokenHash::of(token)).await
    }
}

impl Object for SignInChallenge {
    fn name() -> &'static str {
        "SignInChallenge"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("The question for your second factor.")
            .field("token", "What `answerSignInChallenge` takes, beside the code.", |challenge| &challenge.token)
            .field("expiresAt", "Until when it holds; five wrong codes end it, too.", |challenge| &challenge.expires_at)
    }
}
