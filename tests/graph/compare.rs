//! Our answer beside that of async-graphql's executor. It is allowed its known faults and no other difference: keys in the order
//! of completion, a failed field left out instead of null, errors without paths, and no null among the rows of an interface.

use async_graphql::Value;

use super::answer::Answer;

/// How the errors of the two are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Errors {
    /// The same codes, each as often.
    Each,
    /// The stock executor runs a field once for each place that selects it, so it may fail oftener.
    Kinds,
}

/// Panics where the answers differ.
pub fn assert_agree(ours: &Answer, stock: &async_graphql::Response, errors: Errors) {
    let fails_on_nulls = stock.errors.iter().any(|error| error.message.starts_with("internal: invalid value for interface"));
    let mut path = Vec::new();
    // Enums are strings on the way to the client.
    let stock_data: Value = serde_json::from_value(stock.data.clone().into_json().unwrap()).unwrap();
    Comparison { answer: ours, fails_on_nulls }.data(&ours.data, &stock_data, &mut path);
    if fails_on_nulls {
        // The list as a whole is missing, with whatever errors are in it.
        return;
    }
    let code = |error: &async_graphql::ServerError| match error.extensions.as_ref().and_then(|extensions| extensions.get("code")) {
        Some(Value::String(code)) => code.clone(),
        _ => panic!("the stock executor refused: {error:?}"),
    };
    let mut theirs: Vec<String> = stock.errors.iter().map(code).collect();
    theirs.sort_unstable();
    let mut codes = ours.codes();
    if ours.omitted > 0 {
        // Which ones were left out depends on their order.
        let all = codes.len() + usize::try_from(ours.omitted).unwrap();
        assert!(
            if errors == Errors::Each { all == theirs.len() } else { all <= theirs.len() },
            "{all} errors here, {} there",
            theirs.len()
        );
        return;
    }
    if errors == Errors::Kinds {
        codes.dedup();
        theirs.dedup();
    }
    assert_eq!(codes, theirs, "codes of errors");
}

struct Comparison<'a> {
    answer: &'a Answer,
    fails_on_nulls: bool,
}

impl Comparison<'_> {
    fn data(&self, ours: &Value, stock: &Value, path: &mut Vec<serde_json::Value>) {
        match (ours, stock) {
            (Value::Object(ours), Value::Object(stock)) => {
                for key in stock.keys() {
                    assert!(ours.contains_key(key), "`{key}` at {path:?} only there");
                }
                for (key, value) in ours {
                    path.push(key.as_str().into());
                    match stock.get(key) {
                        Some(stock) => self.data(value, stock, path),
                        None => self.assert_failed(value, path),
                    }
                    path.pop();
                }
            }
            (Value::List(ours), Value::List(stock)) => {
                assert_eq!(ours.len(), stock.len(), "the length of {path:?}");
                for (index, (ours, stock)) in ours.iter().zip(stock).enumerate() {
                    path.push(index.into());
                    self.data(ours, stock, path);
                    path.pop();
                }
            }
            (ours, stock) => assert_eq!(ours, stock, "at {path:?}"),
        }
    }

    /// What is left out there is a failed field here.
    fn assert_failed(&self, value: &Value, path: &[serde_json::Value]) {
        if self.fails_on_nulls && matches!(value, Value::List(items) if items.contains(&Value::Null)) {
            return;
        }
        assert_eq!(*value, Value::Null, "{path:?} only here");
        let failed = self.answer.omitted > 0
            || self.answer.errors.iter().any(|error| error["path"].as_array().is_some_and(|known| known == path));
        assert!(failed, "{path:?} is left out there, and has no error here");
    }
}
