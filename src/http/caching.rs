//! What a client may keep of an answer: queries by GET whose document was named by an id.
//!
//! Rights can change at any moment, so a copy is asked about each time (`no-cache`), and is its caller's alone (`private`, `Vary`). The
//! tag is a hash of the answer's very bytes; such an answer carries no `extensions`, which would differ each time. Where it is
//! compressed on the way, its tag says so, because other bytes are another representation.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// On what an answer depends besides its URL; the compression adds what it looks at.
const VARY: HeaderValue = HeaderValue::from_static("authorization, accept");
const KEPT: HeaderValue = HeaderValue::from_static("private, no-cache");
const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-store");

/// The tag of an answer.
pub(super) fn tag(body: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(body))
}

/// Marks an answer as one that may be kept, or says that the copy which the client has is still right.
pub(super) fn kept(mut response: Response, tag: &str, headers: &HeaderMap) -> Response {
    let known = known(headers, tag);
    let tag = known.clone().unwrap_or_else(|| format!("\"{tag}\""));
    if known.is_some() {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, KEPT);
    headers.append(header::VARY, VARY);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// Marks an answer to a GET as one that is not to be kept.
pub(super) fn not_kept(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, NOT_KEPT);
    response
}

/// The tag that the client has, where it is of the same answer, however it was compressed.
fn known(headers: &HeaderMap, tag: &str) -> Option<String> {
    let tags = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = tags.flat_map(|value| value.split(',')).map(str::trim);
    tags.find_map(|known| {
        if known == "*" {
            return Some(format!("\"{tag}\""));
        }
        let bare = known.strip_prefix("W/").unwrap_or(known).strip_prefix('"')?.strip_suffix('"')?;
        let encoding = bare.strip_prefix(tag)?;
        (encoding.is_empty() || ENCODINGS.contains(&encoding)).then(|| format!("\"{bare}\""))
    })
}

const ENCODINGS: [&str; 4] = ["-zstd", "-gzip", "-br", "-deflate"];

/// Gives an answer that was compressed on the way a tag of its own.
pub(super) fn tag_of_compressed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let encoding = headers.get(header::CONTENT_ENCODING).and_then(|encoding| encoding.to_str().ok());
    let tag = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()?.strip_suffix('"'));
    let own = encoding.zip(tag).and_then(|(encoding, tag)| HeaderValue::from_str(&format!("{tag}-{encoding}\"")).ok());
    if let Some(own) = own {
        headers.insert(header::ETAG, own);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_however_the_answer_came() {
        let headers = |tags: &str| HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_str(tags).unwrap())]);
        for (tags, expected) in [
            ("\"abc\"", Some("\"abc\"")),
            ("W/\"abc\"", Some("\"abc\"")),
            ("\"x\", \"abc-gzip\"", Some("\"abc-gzip\"")),
            ("*", Some("\"abc\"")),
            ("\"abcd\"", None),
            ("\"abc-lzma\"", None),
            ("abc", None),
            ("", None),
        ] {
            assert_eq!(known(&headers(tags), "abc").as_deref(), expected, "{tags}");
        }
        assert_eq!(known(&HeaderMap::new(), "abc"), None);
    }
}
