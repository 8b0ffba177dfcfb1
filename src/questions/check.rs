//! `checkAccess`: many questions at once, for services that ask about their users.

use std::sync::Arc;

use super::ask::{MOST_QUESTIONS, decide};
use super::decision::AccessDecision;
use super::question::AccessQuestion;
use crate::error::Error;
use crate::graph::{Arguments, Fields, InputOf, ObjectType, Query};
use crate::request::Request;

/// The argument of `checkAccess`.
#[derive(Clone, Debug, Default)]
struct Questions(Vec<AccessQuestion>);

impl Arguments for Questions {
    fn fields() -> Fields<Self> {
        Fields::default().field(
            "questions",
            "The questions, up to 100.",
            |into: &mut Self, questions: Vec<InputOf<AccessQuestion>>| {
                into.0 = questions.into_iter().map(|InputOf(question)| question).collect();
            },
        )
    }
}

pub(super) fn query(query: ObjectType<Query>) -> ObjectType<Query> {
    query
        .many(
            "checkAccess",
            "May these people do this? The answers stand in the order of the questions. It is decided as everywhere else, in the \
         present moment and for the address that this request comes from.",
            check,
            |_| (),
        )
        .sized_by("questions")
}

async fn check(request: Request, parents: Vec<()>, questions: Arc<Questions>) -> Result<Vec<Vec<Arc<AccessDecision>>>, Error> {
    let Questions(questions) = &*questions;
    if questions.len() > MOST_QUESTIONS {
        let (count, index) = (questions.len(), MOST_QUESTIONS);
        return Err(Error::bad_input(format!(
            "`questions[{index}]`: at most {MOST_QUESTIONS} questions are answered, not {count}"
        )));
    }
    // Whoever has not signed in is told so before its questions are read.
    request.reader().await?;
    let read = |(index, question): (usize, &AccessQuestion)| {
        Ok::<_, Error>((question.read(&format!("questions[{index}]"))?, request.context()))
    };
    let asked = questions.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    let mut decisions = Vec::with_capacity(asked.len());
    for (index, decision) in decide(&request, &asked).await?.into_iter().enumerate() {
        decisions.push(Arc::new(decision.map_err(|error| error.within(&format!("questions[{index}]")))?));
    }
    Ok(vec![decisions; parents.len()])
}
