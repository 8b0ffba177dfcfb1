//! A client that changes things, and keeps book of what it was told.

use serde_json::{Value, json};

use super::asking::{Came, Client};

const CREATE: &str = "mutation Create($input: CreateOrganizationInput!) {
    createOrganization(input: $input) { organization { id name } userErrors { code message } } }";
const RENAME: &str = "mutation Rename($input: UpdateOrganizationInput!) {
    updateOrganization(input: $input) { organization { name } userErrors { code message } } }";

/// Every so manieth organization is asked for once, whatever comes of it; the others again and again until they are there.
const GIVEN_UP: usize = 4;

/// An organization that was asked for.
#[derive(Clone, Debug)]
pub struct Deed {
    /// Its name, which is the key of the request as well.
    pub name: String,
    /// Its id, once it was told to be there.
    pub made: Option<String>,
    /// Will nobody ask for it again?
    pub is_given_up: bool,
}

/// A new name that was asked for, by the id of the request.
#[derive(Clone, Debug)]
pub struct Renaming {
    pub request: String,
    pub is_acknowledged: bool,
}

/// What one client has done.
#[derive(Debug, Default)]
pub struct Book {
    pub deeds: Vec<Deed>,
    pub renamings: Vec<Renaming>,
}

impl Deed {
    /// Asks for it, and notes what came of it.
    pub async fn ask(&mut self, client: &Client, address: &str) -> Came {
        let input = json!({ "name": self.name, "idempotencyKey": self.name });
        let came = client.ask(address, &request_of(&self.name), &json!({ "query": CREATE, "variables": { "input": input } })).await;
        if let Came::Answer(data) = &came {
            let payload = &data["createOrganization"];
            assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
            assert_eq!(payload["organization"]["name"], json!(self.name));
            let id = payload["organization"]["id"].as_str().unwrap().to_owned();
            assert!(self.made.as_ref().is_none_or(|made| *made == id), "made twice: {} {:?} {id}", self.name, self.made);
            self.made = Some(id);
        }
        came
    }
}

impl Book {
    /// The next organization to ask for.
    pub fn next(&mut self, clerk: usize) -> &mut Deed {
        let number = self.deeds.len();
        let name = format!("Deed {clerk} {number}");
        self.deeds.push(Deed { name, made: None, is_given_up: number % GIVEN_UP == GIVEN_UP - 1 });
        self.deeds.last_mut().unwrap()
    }

    /// Gives an organization another name.
    pub async fn rename(&mut self, client: &Client, address: &str, organization: &str, clerk: usize) -> Came {
        let number = self.renamings.len();
        let request = format!("renaming-{clerk}-{number}");
        let input = json!({ "organizationId": organization, "name": format!("Name {clerk} {number}") });
        let came = client.ask(address, &request, &json!({ "query": RENAME, "variables": { "input": input } })).await;
        if let Came::Answer(data) = &came {
            assert_eq!(data["updateOrganization"]["userErrors"], Value::Array(Vec::new()));
        }
        self.renamings.push(Renaming { request, is_acknowledged: matches!(came, Came::Answer(_)) });
        came
    }
}

fn request_of(name: &str) -> String {
    name.replace(' ', "-")
}
