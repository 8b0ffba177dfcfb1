//! The measure of a text before it is parsed: parsers of nested things call themselves, and stacks end.

use super::limits::Limits;
use crate::error::{Code, Error};

/// Selection sets within each other, as the text has them. The depth of fields is measured later, with fragments expanded;
/// this is for the stack of the parser.
const DEEPEST_SELECTION: usize = 60;

/// Signs of a name or a number. Validation compares an unknown name with each that it knows, letter by letter.
const LONGEST_NAME: usize = 1_000;

/// What has been read of a text.
#[derive(Default)]
struct Scanner {
    tokens: usize,
    directives: usize,
    /// Within how many parentheses: what is nested in them are values.
    parentheses: usize,
    /// Lists and objects that are open within parentheses.
    values: usize,
    /// Selection sets that are open.
    selections: usize,
}

/// Refuses a text that is nested too deep or too long, in one pass over its bytes. Strings and comments end here where they end for
/// the parser: what one of the two took for text the other could take for brackets.
pub(super) fn check(text: &str, limits: &Limits) -> Result<(), Error> {
    let bytes = text.as_bytes();
    let (mut scanner, mut place) = (Scanner::default(), 0);
    while let Some(byte) = bytes.get(place) {
        let end = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => place + 1,
            b'#' => bytes[place..].iter().position(|byte| is_end_of_line(*byte)).map_or(bytes.len(), |length| place + length),
            token => {
                scanner.token(*token, limits)?;
                let end = end_of_token(bytes, place).ok_or_else(|| unended(bytes, place))?;
                if end - place > LONGEST_NAME && *token != b'"' {
                    let message = format!("the document has a name or a number longer than {LONGEST_NAME} signs");
                    return Err(Error::client(Code::TokenLimitExceeded, message));
                }
                end
            }
        };
        place = end;
    }
    Ok(())
}

impl Scanner {
    /// Counts a token by its first byte.
    fn token(&mut self, first: u8, limits: &Limits) -> Result<(), Error> {
        self.tokens += 1;
        match first {
            b'@' => self.directives += 1,
            b'(' => self.parentheses += 1,
            b')' => (self.parentheses, self.values) = (self.parentheses.saturating_sub(1), 0),
            b'{' | b'[' if self.parentheses > 0 => self.values += 1,
            b'}' | b']' if self.parentheses > 0 => self.values = self.values.saturating_sub(1),
            b'{' | b'[' => self.selections += 1,
            b'}' | b']' => self.selections = self.selections.saturating_sub(1),
            _ => {}
        }
        // Parentheses do not stand in each other in GraphQL, but in a text made to hurt.
        let nesting = self.values + self.parentheses.saturating_sub(1);
        let (code, message) = if nesting > limits.nesting {
            let limit = limits.nesting;
            (Code::NestingLimitExceeded, format!("the values of arguments are nested deeper than {limit} lists and objects"))
        } else if self.selections > DEEPEST_SELECTION {
            (Code::DepthLimitExceeded, format!("the document has braces nested deeper than {DEEPEST_SELECTION}"))
        } else if self.directives > limits.directives {
            (Code::DirectiveLimitExceeded, format!("the document has more than {} directives", limits.directives))
        } else if self.tokens > limits.tokens {
            (Code::TokenLimitExceeded, format!("the document has more than {} tokens", limits.tokens))
        } else {
            return Ok(());
        };
        Err(Error::client(code, message))
    }
}

fn is_end_of_line(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// The parser looks for the end of such a string again and again.
fn unended(bytes: &[u8], start: usize) -> Error {
    let before = &bytes[..start];
    let line = before.split(|byte| *byte == b'\n').count();
    let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
    Error::client(
        Code::GraphqlParseFailed,
        format!("the document cannot be read: a string has no end (line {line}, column {column})"),
    )
}

/// Where the token that begins at `start` ends; nowhere where it is a string without an end.
fn end_of_token(bytes: &[u8], start: usize) -> Option<usize> {
    let of_a_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let of_a_number = |byte: &u8| of_a_name(byte) || matches!(byte, b'.' | b'+' | b'-');
    let run = |belongs: &dyn Fn(&u8) -> bool| {
        bytes[start + 1..].iter().position(|byte| !belongs(byte)).map_or(bytes.len(), |length| start + 1 + length)
    };
    Some(match bytes[start] {
        b'"' if bytes[start..].starts_with(BLOCK) => return end_of_block(bytes, start + BLOCK.len()),
        b'"' => return end_of_string(bytes, start + 1),
        b'.' if bytes[start..].starts_with(b"...") => start + 3,
        b'-' | b'0'..=b'9' => run(&of_a_number),
        byte if of_a_name(&byte) => run(&of_a_name),
        _ => start + 1,
    })
}

/// What a block string begins and ends with.
const BLOCK: &[u8] = b"\"\"\"";
/// The one thing that a backslash means in a block string.
const ESCAPED_BLOCK: &[u8] = b"\\\"\"\"";

/// The place behind the string whose text begins at `place`.
fn end_of_string(bytes: &[u8], mut place: usize) -> Option<usize> {
    loop {
        match bytes.get(place)? {
            b'"' => return Some(place + 1),
            b'\\' => place += 2,
            byte if is_end_of_line(*byte) => return None,
            _ => place += 1,
        }
    }
}

/// The place behind the block string whose text begins at `place`.
fn end_of_block(bytes: &[u8], mut place: usize) -> Option<usize> {
    loop {
        let rest = bytes.get(place..)?;
        if rest.starts_with(BLOCK) {
            return Some(place + BLOCK.len());
        }
        place += if rest.starts_with(ESCAPED_BLOCK) { ESCAPED_BLOCK.len() } else { 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, limits: &Limits) -> Option<Code> {
        check(text, limits).err().map(|error| error.code())
    }

    fn tokens(text: &str) -> usize {
        let refused = |most| refused(text, &Limits { tokens: most, ..Limits::DEFAULT }).is_some();
        (0..100).find(|most| !refused(*most)).unwrap()
    }

    #[test]
    fn tokens_are_those_of_the_grammar() {
        for (text, count) in [
            ("", 0),
            (" \n,,\t# a comment { }", 0),
            ("{ a }", 3),
            ("{a{b}}", 6),
            ("query($id: ID! = \"x y\") { a: b(c: -1.5e+10, d: [1 2]) @e ...F ... on G { h } }", 36),
            ("\"\"\"one \" \\\"\"\" { \"\"\" \"two\"", 2),
            ("\"a \\\\\" \"\"", 2),
            ("# a comment\r{ a } # another\r\n{", 4),
            ("name_1 -1", 2),
        ] {
            assert_eq!(tokens(text), count, "{text}");
        }
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let brackets = "{".repeat(100);
        assert_eq!(refused(&brackets, &Limits::DEFAULT), Some(Code::DepthLimitExceeded));
        for harmless in [
            format!("{{ a(b: \"{brackets}\") }} # {brackets}"),
            format!("{{ a(b: \"\"\"{brackets}\" {brackets}\"\"\") }}"),
            format!("\"\\\" {brackets}\""),
        ] {
            assert_eq!(refused(&harmless, &Limits::DEFAULT), None, "{harmless}");
        }
    }

    #[test]
    fn brackets_behind_what_only_looks_like_a_string_or_a_comment_count() {
        let brackets = "{a".repeat(100);
        for hidden in [
            format!("#\r{brackets}"),
            // In a block string a backslash is text, unless it stands before three quotes.
            format!("query($a: String = \"\"\"\\\\\"\"\" \"\"\"){brackets} # \"\"\""),
            format!("query($a: String = \"\"\"\\\"\"\"\"\"\"){brackets} # \"\"\""),
        ] {
            assert_eq!(refused(&hidden, &Limits::DEFAULT), Some(Code::DepthLimitExceeded), "{hidden}");
        }
        // The parser would take an opening of a block string without an end for an empty string, and go on behind it.
        for unended in
            ["{ a(b: [\"\"\" \" {c: {d: 1}}]) }", "\"unended", "\"line\nline\"", "\"line\rline\"", "\"\\", "\"\"\"\\\"\"\""]
        {
            assert_eq!(refused(unended, &Limits::DEFAULT), Some(Code::GraphqlParseFailed), "{unended}");
        }
    }

    #[test]
    fn values_and_selections_are_nested_apart() {
        let limits = Limits { nesting: 3, ..Limits::DEFAULT };
        for (text, expected) in [
            ("{a{b{c{d{e(f: [[[1]]])}}}}}", None),
            ("{a(b: [[[1]]]) c(d: {e: {f: {g: 1}}})}", None),
            ("{a(b: [[[[1]]]])}", Some(Code::NestingLimitExceeded)),
            ("{a(b: {c: [{d: [1]}]})}", Some(Code::NestingLimitExceeded)),
            ("query($a: [[[[Int]]]]) {a}", Some(Code::NestingLimitExceeded)),
            ("{a(((((", Some(Code::NestingLimitExceeded)),
        ] {
            assert_eq!(refused(text, &limits), expected, "{text}");
        }
    }

    #[test]
    fn names_and_numbers_have_a_length() {
        for sign in ["a", "1"] {
            assert_eq!(refused(&sign.repeat(LONGEST_NAME), &Limits::DEFAULT), None);
            assert_eq!(refused(&sign.repeat(LONGEST_NAME + 1), &Limits::DEFAULT), Some(Code::TokenLimitExceeded));
        }
        assert_eq!(refused(&format!("\"{}\"", "a".repeat(LONGEST_NAME * 2)), &Limits::DEFAULT), None);
    }

    #[test]
    fn directives_are_counted() {
        let document = |count: usize| format!("{{ a {} b(c: \"@\") }} # @", "@d ".repeat(count));
        assert_eq!(refused(&document(20), &Limits::DEFAULT), None);
        assert_eq!(refused(&document(21), &Limits::DEFAULT), Some(Code::DirectiveLimitExceeded));
    }
}
