//! What is sent to each peer: the same question in the words that it understands.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Request,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST},
};
use serde_json::{Value, json};

use crate::{failure::Failure, identity::Identity, peer::PeerKind, shape::Shape};

/// A request that is built once, and sent many times.
pub(crate) type Question = Request<Full<Bytes>>;

/// The question of this shape, asked of this peer by this person.
pub(crate) fn question(peer: PeerKind, shape: Shape, identity: &Identity) -> Result<Question, Failure> {
    let (path, body) = match peer {
        PeerKind::Gateway | PeerKind::Stock => ("/graphql", graphql(shape, identity)),
        PeerKind::Limit | PeerKind::Tuned => (shape.path(), plain(shape, identity)),
    };
    let request =
        Request::post(path).header(HOST, "localhost").header(CONTENT_TYPE, "application/json").header(ACCEPT, "application/json");
    let request = match peer {
        PeerKind::Gateway | PeerKind::Stock => request.header(AUTHORIZATION, format!("Bearer {}", identity.token)),
        PeerKind::Limit | PeerKind::Tuned => request,
    };
    Ok(request.body(Full::from(Bytes::from(serde_json::to_vec(&body)?)))?)
}

fn graphql(shape: Shape, identity: &Identity) -> Value {
    let variables = match shape {
        Shape::OrgTree { first, members } => json!({ "first": first, "membersFirst": members }),
        Shape::Point => json!({ "id": identity.organization_id }),
        Shape::Me => json!({}),
    };
    json!({ "query": shape.document(), "variables": variables })
}

fn plain(shape: Shape, identity: &Identity) -> Value {
    let mut body = json!({ "tenantId": identity.tenant_id, "userId": identity.user_id });
    match shape {
        Shape::OrgTree { first, members } => {
            body["first"] = first.into();
            body["membersFirst"] = members.into();
        }
        Shape::Point => body["organizationId"] = identity.organization_id.as_str().into(),
        Shape::Me => {}
    }
    body
}
