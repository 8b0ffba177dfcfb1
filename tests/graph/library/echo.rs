//! Fields that tell what came of their arguments, of every type that there is.

use std::fmt::Write as _;
use std::sync::Arc;

use async_graphql::Value;
use tenantry::graph::{AnyId, Arguments, Change, Enumeration as _, Fields, InputObject, InputOf, Object, ObjectType, Query};

use super::Color;

/// Tells what came of its arguments.
#[derive(Clone, Default)]
struct Echo(String);

impl Echo {
    fn note(&mut self, name: &str, value: &str) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{name}={value} ");
    }

    fn change<T>(&mut self, name: &str, change: Change<T>, show: impl Fn(T) -> String) {
        match change {
            Change::Keep => {}
            Change::Set(None) => self.note(name, "null"),
            Change::Set(Some(value)) => self.note(name, &show(value)),
        }
    }
}

impl Object for Echo {
    fn name() -> &'static str {
        "Echo"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("").field("heard", "", |echo: &Self| &echo.0)
    }
}

#[derive(Clone, Default)]
struct Filter(Echo);

impl InputObject for Filter {
    const NAME: &'static str = "Filter";
    const DESCRIPTION: &'static str = "";

    fn fields() -> Fields<Self> {
        Fields::default()
            .field("name", "", |into: &mut Self, name: Change<String>| into.0.change("name", name, |name| name))
            .field("colors", "", |into, colors: Change<Vec<Color>>| into.0.change("colors", colors, |colors| names(&colors)))
            .field_or("limit", "", Some(Value::from(5)), |into, limit: i32| into.0.note("limit", &limit.to_string()))
            .field("needed", "", |into, needed: bool| into.0.note("needed", &needed.to_string()))
    }
}

impl Arguments for Echo {
    fn fields() -> Fields<Self> {
        Fields::default()
            .field("int", "", |into: &mut Self, int: Change<i32>| into.change("int", int, |int| int.to_string()))
            .field("id", "", |into, id: Change<AnyId>| into.change("id", id, |id| id.0))
            .field("text", "", |into, text: Change<String>| into.change("text", text, |text| format!("'{text}'")))
            .field("flag", "", |into, flag: Change<bool>| into.change("flag", flag, |flag| flag.to_string()))
            .field("color", "", |into, color: Change<Color>| into.change("color", color, |color| names(&[color])))
            .field("list", "", |into, list: Change<Vec<i32>>| into.change("list", list, |list| format!("{list:?}")))
            .field("sparse", "", |into, list: Change<Vec<Option<i32>>>| into.change("sparse", list, |list| format!("{list:?}")))
            .field("filter", "", |into, filter: Change<InputOf<Filter>>| {
                into.change("filter", filter, |InputOf(Filter(echo))| format!("{{ {}}}", echo.0));
            })
            .field_or("size", "", Some(Value::from(7)), |into, size: Option<i32>| {
                into.note("size", &size.map_or_else(|| "null".to_owned(), |size| size.to_string()));
            })
    }
}

/// Adds `echo`, and `need`, whose argument is required.
pub fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    query.root("echo", "", |_, echo: Arc<Echo>| async move { Ok(Some(Arc::new(Echo(echo.0.trim().to_owned())))) }).root(
        "need",
        "",
        |_, number: Arc<super::Number>| async move { Ok(Some(Arc::new(Echo(number.0.to_string())))) },
    )
}

fn names(colors: &[Color]) -> String {
    format!("[{}]", colors.iter().map(|color| color.graphql_name()).collect::<Vec<_>>().join(" "))
}
