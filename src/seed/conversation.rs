//! A conversation of somebody with an assistant.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    copy::{Line, Record},
    generator::Generator,
};

/// A row of `conversations`.
pub(super) struct Conversation {
    tenant_id: Uuid,
    id: Uuid,
    user_id: Uuid,
    title: &'static str,
    archived_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

/// A row of `messages`.
pub(super) struct Message {
    tenant_id: Uuid,
    id: Uuid,
    conversation_id: Uuid,
    user_id: Uuid,
    role: &'static str,
    content: &'static str,
    created_at: DateTime<Utc>,
}

const SAID: [(&str, bool, [&str; 2]); 2] = [
    (
        "Onboarding a wholesaler",
        true,
        [
            "What do I need before I verify a wholesaler?",
            "An extract of the commercial register, and the tax id as it is printed there.",
        ],
    ),
    (
        "Seats for the summer",
        false,
        [
            "Twelve interns start in June. Do we have seats for them?",
            "Ask for `seats { used limit }` of your organization: what is left says it.",
        ],
    ),
];

/// Two conversations of somebody, the older of which was put aside.
pub(super) fn of(
    generator: &mut Generator,
    tenant_id: Uuid,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> (Vec<Conversation>, Vec<Message>) {
    let (mut conversations, mut messages) = (Vec::new(), Vec::new());
    for (title, is_archived, said) in SAID {
        let created_at = now - TimeDelta::days(if is_archived { 40 } else { 3 });
        let id = generator.id();
        let archived_at = is_archived.then(|| created_at + TimeDelta::days(1));
        conversations.push(Conversation { tenant_id, id, user_id, title, archived_at, created_at });
        for (role, content) in ["user", "assistant"].into_iter().zip(said) {
            messages.push(Message { tenant_id, id: generator.id(), conversation_id: id, user_id, role, content, created_at });
        }
    }
    (conversations, messages)
}

impl Record for Conversation {
    const TABLE: &'static str = "conversations";
    const COLUMNS: &'static str = "tenant_id, id, user_id, title, status, archived_at, created_at, updated_at";

    fn fill(&self, line: &mut Line<'_>) {
        line.add(self.tenant_id)
            .add(self.id)
            .add(self.user_id)
            .add(self.title)
            .add(if self.archived_at.is_some() { "archived" } else { "active" })
            .add(self.archived_at)
            .add(self.created_at)
            .add(self.created_at);
    }
}

impl Record for Message {
    const TABLE: &'static str = "messages";
    const COLUMNS: &'static str = "tenant_id, id, conversation_id, user_id, role, content, created_at";

    fn fill(&self, line: &mut Line<'_>) {
        line.add(self.tenant_id)
            .add(self.id)
            .add(self.conversation_id)
            .add(self.user_id)
            .add(self.role)
            .add(self.content)
            .add(self.created_at);
    }
}
