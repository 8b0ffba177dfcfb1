//! The tables of the cases: books that lead to authors and shelves, some of which fail or are missing. What a book is follows
//! from its number.

mod echo;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock};

use entity::id::{OrganizationId, UserId};
use migration::catalog::Permission;
use tenantry::access::Scope;
use tenantry::error::{Code, Error};
use tenantry::graph::{
    Arguments, Connection, Enumeration, Fields, Mutation, Object, ObjectType, Query, TableSet, Tables, node_fields,
};
use tenantry::page::{Cursor, Page};
use tenantry::request::Request;
use uuid::Uuid;

/// The tables, made once.
pub fn tables() -> &'static Arc<Tables> {
    static TABLES: OnceLock<Arc<Tables>> = OnceLock::new();
    TABLES.get_or_init(|| {
        let query = ObjectType::named("Query", "").scope(|_| Scope::Tenant);
        let set = TableSet::default().table(echo::queries(node_fields(queries(query)))).table(mutations());
        Arc::new(set.finish().unwrap())
    })
}

/// Books of this number and above stand on shelves that cannot be reached.
const LOCKED: i32 = 900;

pub struct Book(pub i32);
struct Author(i32);
struct Shelf(i32);
struct Renamed(Arc<Book>, Vec<i32>);

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Color {
    Red,
    Blue,
}

impl Enumeration for Color {
    const NAME: &'static str = "Color";
    const DESCRIPTION: &'static str = "";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[(Self::Red, "RED", ""), (Self::Blue, "BLUE", "")];
}

impl Object for Book {
    fn name() -> &'static str {
        "Book"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("")
            .scope(|_| Scope::Tenant)
            .node(|book| UserId::from(uuid(book.0)), books_by_id)
            .field("number", "", |book| &book.0)
            .computed("color", "", |book| if book.0 % 2 == 0 { Color::Red } else { Color::Blue })
            .computed("tags", "", |book| vec!["a \"tag\"".to_owned(); usize::try_from(book.0 % 3).unwrap()])
            .computed("isbn", "", |book| book.0.to_string())
            .requires(Permission::BillingRead)
            .one("author", "Missing for every seventh book.", authors, |book| book.0)
            .required()
            .one("coauthor", "Missing for every seventh book.", authors, |book| book.0)
            .one("editor", "Never shown.", authors, |book| book.0)
            .requires(Permission::MembersRead)
            .one("shelf", "", shelves, |book| book.0 / 10)
            .derived("place", "", shelves, |book: &Self| book.0 / 10, |shelf: Option<&Shelf>| shelf.map(|shelf| shelf.0))
            .inline_one("next", "", |book| (book.0 < 9).then(|| Arc::new(Self(book.0 + 1))))
            .inline_one("required", "Missing for every seventh book.", |book| (book.0 % 7 != 0).then(|| Arc::new(Self(book.0))))
            .required()
            .inline_many("volumes", "This book and the next two.", |book| {
                (book.0..book.0 + 3).map(|number| Arc::new(Self(number))).collect()
            })
            .many("related", "The same, but it may fail.", related, |book| book.0)
    }
}

impl Object for Author {
    fn name() -> &'static str {
        "Author"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("")
            .scope(|_| Scope::Tenant)
            .computed("name", "", |author: &Self| format!("author {}", author.0))
            .computed("salary", "", |author| author.0)
            .requires(Permission::BillingRead)
            .many("books", "A hundred, the same for everybody.", bestsellers, |_| ())
    }
}

impl Object for Shelf {
    fn name() -> &'static str {
        "Shelf"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("")
            .node(|shelf| OrganizationId::from(uuid(shelf.0)), shelves_by_id)
            .computed("label", "", |shelf| format!("shelf {}", shelf.0))
            .connection("books", "", books_of_shelves, |shelf| shelf.0)
    }
}

impl Object for Renamed {
    fn name() -> &'static str {
        "Renamed"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("").inline_one("book", "", |renamed: &Self| Some(Arc::clone(&renamed.0))).field(
            "journal",
            "What this request has renamed so far.",
            |renamed| &renamed.1,
        )
    }
}

#[derive(Default)]
pub struct Number(pub i32);

impl Arguments for Number {
    fn fields() -> Fields<Self> {
        Fields::default().field("number", "", |into: &mut Self, number| into.0 = number)
    }
}

#[derive(Default)]
struct Numbers(Vec<i32>);

impl Arguments for Numbers {
    fn fields() -> Fields<Self> {
        Fields::default().field("numbers", "", |into: &mut Self, numbers| into.0 = numbers)
    }
}

fn queries(query: ObjectType<Query>) -> ObjectType<Query> {
    let list = |_, _: Vec<()>, numbers: Arc<Numbers>| async move {
        Ok(vec![numbers.0.iter().map(|number| Arc::new(Book(*number))).collect()])
    };
    let book = |_, number: Arc<Number>| async move { if number.0 > 0 { Ok(Some(Arc::new(Book(number.0)))) } else { Ok(None) } };
    query
        .root("book", "None without a number above zero.", book)
        .root("requiredBook", "", book)
        .required()
        .many::<Numbers, _, Book, _, _>("books", "", list, |_| ())
        .many::<Numbers, _, Book, _, _>("requiredBooks", "", list, |_| ())
        .required()
        .many("forbidden", "", bestsellers, |_| ())
        .requires(Permission::RolesRead)
}

fn mutations() -> ObjectType<Mutation> {
    ObjectType::named("Mutation", "").root("rename", "", rename)
}

/// Writes into the journal of the request. The thirteenth cannot be renamed, and with the fourteenth something breaks.
async fn rename(request: Request, number: Arc<Number>) -> Result<Option<Arc<Renamed>>, Error> {
    static JOURNALS: Mutex<BTreeMap<String, Vec<i32>>> = Mutex::new(BTreeMap::new());
    match number.0 {
        13 => Err(Error::client(Code::Conflict, "the thirteenth cannot be renamed")),
        14 => Err(Error::internal("a secret of the inside")),
        number => {
            let mut journals = JOURNALS.lock().unwrap();
            let journal = journals.entry(request.id().to_owned()).or_default();
            journal.push(number);
            Ok(Some(Arc::new(Renamed(Arc::new(Book(number)), journal.clone()))))
        }
    }
}

fn uuid(number: i32) -> Uuid {
    Uuid::from_u128(u128::try_from(number).unwrap())
}

fn number(uuid: Uuid) -> i32 {
    i32::try_from(uuid.as_u128()).unwrap()
}

/// Books above a thousand do not exist.
async fn books_by_id(_: Request, ids: Vec<UserId>) -> Result<HashMap<UserId, Arc<Book>>, Error> {
    Ok(ids.into_iter().filter(|id| number(id.uuid()) <= 1000).map(|id| (id, Arc::new(Book(number(id.uuid()))))).collect())
}

async fn shelves_by_id(_: Request, ids: Vec<OrganizationId>) -> Result<HashMap<OrganizationId, Arc<Shelf>>, Error> {
    Ok(ids.into_iter().map(|id| (id, Arc::new(Shelf(number(id.uuid()))))).collect())
}

/// Ten books share an author.
async fn authors(_: Request, books: Vec<i32>) -> Result<HashMap<i32, Arc<Author>>, Error> {
    let mut known: HashMap<i32, Arc<Author>> = HashMap::new();
    let mut author = |book: i32| Arc::clone(known.entry(book / 10).or_insert_with(|| Arc::new(Author(book / 10))));
    Ok(books.into_iter().filter(|book| book % 7 != 0).map(|book| (book, author(book))).collect())
}

async fn shelves(_: Request, numbers: Vec<i32>) -> Result<HashMap<i32, Arc<Shelf>>, Error> {
    if numbers.iter().any(|number| *number >= LOCKED / 10) {
        return Err(Error::client(Code::Conflict, "a shelf is locked"));
    }
    Ok(numbers.into_iter().map(|number| (number, Arc::new(Shelf(number)))).collect())
}

async fn related(_: Request, books: Vec<i32>, _: Arc<()>) -> Result<Vec<Vec<Arc<Book>>>, Error> {
    if books.iter().any(|book| *book >= LOCKED) {
        return Err(Error::client(Code::Conflict, "a shelf is locked"));
    }
    Ok(books.into_iter().map(|book| (book..book + 3).map(|number| Arc::new(Book(number))).collect()).collect())
}

async fn bestsellers(_: Request, parents: Vec<()>, _: Arc<()>) -> Result<Vec<Vec<Arc<Book>>>, Error> {
    let books: Vec<Arc<Book>> = (1..=100).map(|number| Arc::new(Book(number))).collect();
    Ok(vec![books; parents.len()])
}

/// Ten books stand on a shelf.
async fn books_of_shelves(_: Request, shelves: Vec<i32>, page: Page<()>) -> Result<Vec<Arc<Connection<Book>>>, Error> {
    let connection = |shelf: i32| {
        let books: Vec<Arc<Book>> = (shelf * 10..shelf * 10 + 10).map(|number| Arc::new(Book(number))).collect();
        let rows: Vec<(Cursor, Arc<Book>)> = page.slice('b', &books, |book| i64::from(book.0))?;
        Ok(Arc::new(Connection::of(&page, rows, 10)))
    };
    shelves.into_iter().map(connection).collect()
}
