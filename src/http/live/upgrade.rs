//! `/graphql/ws`: who may open a socket.

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::protocol;
use super::socket::Socket;
use crate::error::{Code, Error};
use crate::gateway::Gateway;
use crate::http::accept::MediaType;
use crate::http::answer::Refusal;
use crate::http::log::Came;

/// Upgrades a connection to a socket, where there is room for one and its page may ask.
pub(in crate::http) async fn upgrade(
    State(gateway): State<Gateway>,
    Extension(came): Extension<Came>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let refused = |refusal: Refusal| refusal.response(MediaType::Json, &came.id);
    let Ok(upgrade) = upgrade else {
        let refusal = Refusal::from(Error::bad_input("connect by WebSocket, with the subprotocol `graphql-transport-ws`"));
        return refused(
            refusal.with_status(StatusCode::UPGRADE_REQUIRED).with_header(header::UPGRADE, HeaderValue::from_static("websocket")),
        );
    };
    if !may_ask(&headers, &gateway.door.settings.cors_origins) {
        return refused(Error::client(Code::Forbidden, "pages of this origin may not ask").into());
    }
    if gateway.live.is_stopping() {
        return refused(Error::Unavailable("the process stops".into()).into());
    }
    let place = match gateway.door.live.enter() {
        Ok(place) => place,
        Err(error) => return refused(error.into()),
    };
    let largest = gateway.door.settings.body;
    let upgrade = upgrade.protocols([protocol::NAME]).max_message_size(largest).max_frame_size(largest);
    let credential = headers.get(header::AUTHORIZATION).cloned();
    upgrade.on_upgrade(move |socket| Socket::new(gateway, came, credential).run(socket, place))
}

/// A browser says of which page a socket is, and opens one for whichever page wants it: so pages are asked where they come
/// from. What comes without an origin is no page.
fn may_ask(headers: &HeaderMap, allowed: &[HeaderValue]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let own = || {
        let (_, host) = origin.to_str().ok()?.split_once("://")?;
        Some(host.eq_ignore_ascii_case(headers.get(header::HOST)?.to_str().ok()?))
    };
    allowed.contains(origin) || own().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_are_for_pages_of_our_own_and_of_those_that_are_named() {
        let allowed = [HeaderValue::from_static("https://app.example.com")];
        for (origin, expected) in [
            (None, true),
            (Some("https://app.example.com"), true),
            (Some("https://api.example.com"), true),
            (Some("http://API.example.com"), true),
            (Some("https://evil.example.com"), false),
            (Some("https://api.example.com.evil.com"), false),
            (Some("https://evil.com/api.example.com"), false),
            (Some("null"), false),
        ] {
            let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("api.example.com"))]);
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(may_ask(&headers, &allowed), expected, "{origin:?}");
        }
    }
}
