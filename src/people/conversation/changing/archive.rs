//! The mutations `archiveConversation` and `unarchiveConversation`.

use std::marker::PhantomData;
use std::sync::Arc;

use entity::conversation::ConversationStatus;
use entity::id::ConversationId;
use serde_json::json;

use super::payload::{Answered, ConversationMutation, ConversationPayload, Written};
use super::store;
use super::target::Target;
use crate::audit::Record;
use crate::error::Error;
use crate::graph::{Fields, Id, InputArgument, InputObject, Mutation, ObjectType};
use crate::request::Request;
use crate::user_error::{UserError, UserErrorCode};

/// A mutation that says whether a conversation goes on.
trait Moves: ConversationMutation + Clone {
    /// The name of the input's type.
    const INPUT: &'static str;
    /// What the input is.
    const ABOUT: &'static str;
    /// As the audit log names it.
    const ACTION: &'static str;
    /// Where it leads.
    const TO: ConversationStatus;
    /// What is said where it is so already.
    const ALREADY: &'static str;
}

#[derive(Clone, Default)]
struct MoveInput<M> {
    conversation: Option<ConversationId>,
    client_mutation_id: Option<String>,
    of: PhantomData<M>,
}

impl<M: Moves> InputObject for MoveInput<M> {
    const NAME: &'static str = M::INPUT;
    const DESCRIPTION: &'static str = M::ABOUT;

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("conversationId", "The conversation: one of yours.", |into: &mut Self, Id(id)| into.conversation = Some(id))
            .field("clientMutationId", "Comes back in the payload.", |into, id| into.client_mutation_id = id)
    }
}

#[derive(Clone, Default)]
struct Archive;

impl ConversationMutation for Archive {
    const PAYLOAD: &'static str = "ArchiveConversationPayload";
    const DESCRIPTION: &'static str = "What came of `archiveConversation`.";
    const SAYS: bool = false;
}

impl Moves for Archive {
    const INPUT: &'static str = "ArchiveConversationInput";
    const ABOUT: &'static str = "Which conversation to put aside.";
    const ACTION: &'static str = "conversation.archive";
    const TO: ConversationStatus = ConversationStatus::Archived;
    const ALREADY: &'static str = "it was put aside already";
}

#[derive(Clone, Default)]
struct Unarchive;

impl ConversationMutation for Unarchive {
    const PAYLOAD: &'static str = "UnarchiveConversationPayload";
    const DESCRIPTION: &'static str = "What came of `unarchiveConversation`.";
    const SAYS: bool = false;
}

impl Moves for Unarchive {
    const INPUT: &'static str = "UnarchiveConversationInput";
    const ABOUT: &'static str = "Which conversation to take up again.";
    const ACTION: &'static str = "conversation.unarchive";
    const TO: ConversationStatus = ConversationStatus::Active;
    const ALREADY: &'static str = "it goes on already";
}

/// Adds both.
pub(super) fn mutations(mutation: ObjectType<Mutation>) -> ObjectType<Mutation> {
    mutation
        .root(
            "archiveConversation",
            "Puts one of your conversations aside: it can be read, and nothing is said in it. Not for API keys.",
            change::<Archive>,
        )
        .root("unarchiveConversation", "Takes a conversation up again that was put aside. Not for API keys.", change::<Unarchive>)
}

async fn change<M: Moves>(request: Request, arguments: Arc<InputArgument<MoveInput<M>>>) -> Answered<M> {
    let InputArgument(input) = &*arguments;
    let Some(id) = input.conversation else { return Err(Error::bad_input("`input.conversationId` is required")) };
    let (writer, target) = Target::open(&request, id).await?;
    let outcome = if target.status == M::TO {
        Err(vec![UserError::at(&["conversationId"], UserErrorCode::AlreadyDone, M::ALREADY)])
    } else {
        store::set_status(&writer, id, M::TO).await?;
        let record = Record::of(M::ACTION, id)
            .before(json!({ "status": target.status.as_str() }))
            .after(json!({ "status": M::TO.as_str() }));
        writer.audit(record).await?;
        writer.commit().await?;
        Ok(Written { conversation: id, message: None })
    };
    ConversationPayload::of(request, outcome, input.client_mutation_id.as_ref()).await
}
