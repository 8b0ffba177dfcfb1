//! Which of the two media types of GraphQL over HTTP an answer is written in: what `Accept` wants most.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::error::{Code, Error};

/// In which dialect an answer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/graphql-response+json`: the status says what became of the request.
    GraphqlResponse,
    /// `application/json`: 200 for every request that was understood as one.
    Json,
}

/// How much a media type is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Wish {
    /// In thousandths; 0: refused.
    quality: u16,
    /// Is it named, and not only meant by a wildcard?
    named: bool,
}

impl MediaType {
    /// The dialect that the client likes best; JSON where it says nothing, as before the dialects were two.
    pub fn accepted(headers: &HeaderMap) -> Result<Self, Error> {
        let accept: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        if accept.is_empty() {
            return Ok(Self::Json);
        }
        let ranges: Vec<(&str, u16)> = accept.iter().flat_map(|value| value.split(',')).filter_map(range).collect();
        let wish = |name: &str| {
            // What is said of the type itself goes before what a wildcard says.
            let quality_of = |wanted: &str| {
                let of_it = ranges.iter().filter(|(essence, _)| essence.eq_ignore_ascii_case(wanted));
                of_it.map(|(_, quality)| *quality).max()
            };
            match quality_of(name) {
                Some(quality) => Wish { quality, named: true },
                None => Wish { quality: quality_of("application/*").or_else(|| quality_of("*/*")).unwrap_or(0), named: false },
            }
        };
        let (response, json) = (wish("application/graphql-response+json"), wish("application/json"));
        if response.quality == 0 && json.quality == 0 {
            return Err(Error::client(
                Code::UnsupportedMediaType,
                "accept `application/graphql-response+json` or `application/json`",
            ));
        }
        // Whoever takes anything gets JSON; whoever knows of the newer type, and wants it as much, gets that.
        let prefers_response = response > json || (response == json && response.named);
        Ok(if prefers_response { Self::GraphqlResponse } else { Self::Json })
    }

    /// As a header.
    pub fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }
}

/// A media range and its quality; nothing where the quality is none.
fn range(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().filter(|essence| essence.contains('/'))?;
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let quality: f32 = quality.map_or(Ok(1.0), str::parse).ok().filter(|quality| (0.0..=1.0).contains(quality))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
    Some((essence, (quality * 1_000.0) as u16))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(accept: &str) -> Option<MediaType> {
        let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_str(accept).unwrap())]);
        MediaType::accepted(&headers).ok()
    }

    #[test]
    fn the_media_type_that_is_wanted_most_is_taken() {
        let (response, json) = (Some(MediaType::GraphqlResponse), Some(MediaType::Json));
        for (accept, expected) in [
            ("*/*", json),
            ("application/*", json),
            ("application/json", json),
            ("APPLICATION/JSON; charset=utf-8", json),
            ("application/graphql-response+json", response),
            ("application/graphql-response+json, application/json;q=0.9", response),
            ("application/json, application/graphql-response+json", response),
            ("application/json, application/graphql-response+json;q=0.9", json),
            ("application/json;q=0.5, application/graphql-response+json;q=0.501", response),
            ("application/graphql-response+json;charset=utf-8;q=0.2, */*;q=0.1", response),
            ("application/graphql-response+json;q=0, */*", json),
            ("application/json;q=0, */*", response),
            ("application/json;q=0, application/*;q=0.1", response),
            ("text/html, application/xhtml+xml, */*;q=0.8", json),
            ("application/json;q=0", None),
            ("*/*;q=0", None),
            ("text/html", None),
            ("application/json;q=2", None),
            ("rubbish", None),
            ("", None),
        ] {
            assert_eq!(accepted(accept), expected, "{accept}");
        }
    }
}
