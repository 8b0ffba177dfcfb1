//! The measure of a text before it is parsed: parsers of nested things call themselves, and stacks end.

use crate::error::{Code, Error};

/// Brackets within brackets.
const DEEPEST: usize = 60;
/// Names, numbers, strings and signs.
const MOST_TOKENS: usize = 10_000;

/// Refuses a text that is nested too deep or too long, in one pass over its bytes.
pub(super) fn check(text: &str) -> Result<(), Error> {
    let bytes = text.as_bytes();
    let (mut depth, mut tokens, mut place) = (0_usize, 0_usize, 0_usize);
    let mut in_word = false;
    while let Some(byte) = bytes.get(place) {
        let mut word = false;
        match byte {
            b'#' => place += bytes[place..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - place),
            b'"' => {
                tokens += 1;
                place = end_of_string(bytes, place);
            }
            b'{' | b'[' | b'(' => {
                depth += 1;
                tokens += 1;
                if depth > DEEPEST {
                    return Err(Error::client(
                        Code::DepthLimitExceeded,
                        format!("the document has brackets nested deeper than {DEEPEST}"),
                    ));
                }
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$' | b'@') => {
                word = true;
                tokens += usize::from(!in_word);
            }
            _ => {}
        }
        in_word = word;
        if tokens > MOST_TOKENS {
            return Err(Error::client(Code::SelectionLimitExceeded, format!("the document has more than {MOST_TOKENS} tokens")));
        }
        place += 1;
    }
    Ok(())
}

/// The place of the last quotation mark of the string that begins at `start`; the end of the text where there is none.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let block = bytes[start..].starts_with(b"\"\"\"");
    let quotes: &[u8] = if block { b"\"\"\"" } else { b"\"" };
    let mut place = start + quotes.len();
    while place < bytes.len() {
        match bytes[place] {
            b'\\' => place += 1,
            b'\n' if !block => return place,
            _ if bytes[place..].starts_with(quotes) => return place + quotes.len() - 1,
            _ => {}
        }
        place += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let brackets = "{".repeat(100);
        assert!(check(&brackets).is_err());
        assert!(check(&format!("{{ a(b: \"{brackets}\") }} # {brackets}")).is_ok());
        assert!(check(&format!("{{ a(b: \"\"\"{brackets}\" {brackets}\"\"\") }}")).is_ok());
        assert!(check(&format!("\"\\\" {brackets}\"")).is_ok());
        assert!(check("\"unended").is_ok());
    }

    #[test]
    fn a_long_text_is_refused() {
        assert!(check(&"a ".repeat(10_001)).is_err());
        assert!(check(&"a".repeat(100_000)).is_ok());
    }
}
