//! Requests made to hurt, each with the words by which it is refused. The tests send them, and the benchmark says what they cost.

/// A request made to hurt.
pub struct Attack {
    /// What is bad about it.
    pub what: String,
    /// Its method.
    pub method: &'static str,
    /// What comes behind the path.
    pub parameters: String,
    /// Its headers.
    pub headers: Vec<(&'static str, &'static str)>,
    /// Its body.
    pub body: Vec<u8>,
    /// The status of its refusal.
    pub status: u16,
    /// The codes that a refusal may have.
    pub codes: &'static [&'static str],
}

impl Attack {
    fn new(what: impl Into<String>, body: impl Into<Vec<u8>>, status: u16, codes: &'static [&'static str]) -> Self {
        let (what, body) = (what.into(), body.into());
        let headers = vec![("content-type", "application/json")];
        Self { what, method: "POST", parameters: String::new(), headers, body, status, codes }
    }

    /// A document, which is refused with 200: older clients read nothing else.
    fn document(what: impl Into<String>, document: &str, codes: &'static [&'static str]) -> Self {
        Self::new(what, serde_json::json!({ "query": document }).to_string(), 200, codes)
    }

    /// The same with other headers.
    fn with(self, headers: &[(&'static str, &'static str)]) -> Self {
        Self { headers: headers.to_vec(), ..self }
    }
}

/// All of them.
pub fn arsenal() -> Vec<Attack> {
    let mut attacks = documents();
    attacks.extend(strings());
    attacks.extend(bombs());
    attacks.extend(bodies());
    attacks.extend(mutations());
    attacks
}

fn repeated(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().join(" ")
}

fn documents() -> Vec<Attack> {
    let attack = |what: &str, document: String, code: &'static [&'static str]| Attack::document(what, &document, code);
    let chain = |length: usize| repeated(length, |n| format!("fragment f{n} on Query {{ ...f{} }}", n + 1));
    vec![
        attack(
            "1 000 aliases",
            format!("{{ {} }}", repeated(1_000, |n| format!("a{n}: viewer {{ __typename }}"))),
            &["TOKEN_LIMIT_EXCEEDED"],
        ),
        attack(
            "300 aliases",
            format!("{{ viewer {{ {} }} }}", repeated(300, |n| format!("a{n}: __typename"))),
            &["ALIAS_LIMIT_EXCEEDED"],
        ),
        attack("100 000 aliases", format!("{{ {} }}", repeated(100_000, |n| format!("a{n}:b"))), &["TOKEN_LIMIT_EXCEEDED"]),
        attack("10 000 duplicated fields", format!("{{ {} }}", "__typename ".repeat(10_000)), &["TOKEN_LIMIT_EXCEEDED"]),
        attack("1 900 duplicated fields", format!("{{ {} }}", "__typename ".repeat(1_900)), &["ROOT_FIELD_LIMIT_EXCEEDED"]),
        attack(
            "10 000 unknown directives",
            format!("{{ a {} }}", repeated(10_000, |n| format!("@d{n}"))),
            &["DIRECTIVE_LIMIT_EXCEEDED"],
        ),
        attack(
            "10 000 unknown directives on an operation",
            format!("query {} {{ a }}", "@d ".repeat(10_000)),
            &["DIRECTIVE_LIMIT_EXCEEDED"],
        ),
        attack("100 000 braces", "{".repeat(100_000), &["DEPTH_LIMIT_EXCEEDED"]),
        attack("100 000 selections", "{a".repeat(100_000), &["DEPTH_LIMIT_EXCEEDED"]),
        attack("100 000 list brackets", format!("{{ a(b: {}", "[".repeat(100_000)), &["NESTING_LIMIT_EXCEEDED"]),
        attack("100 000 parentheses", format!("{{ a{}", "(".repeat(100_000)), &["NESTING_LIMIT_EXCEEDED"]),
        attack("100 000 of all brackets", "{a(b:[".repeat(100_000), &["NESTING_LIMIT_EXCEEDED"]),
        attack("a huge name", format!("{{ {} }}", "a".repeat(500_000)), &["TOKEN_LIMIT_EXCEEDED"]),
        attack(
            "a huge number",
            format!("{{ organizations(first: {}) {{ totalCount }} }}", "9".repeat(500_000)),
            &["TOKEN_LIMIT_EXCEEDED"],
        ),
        attack("a huge string", format!("{{ node(id: \"{}\") {{ nope }} }}", "x".repeat(500_000)), &["GRAPHQL_VALIDATION_FAILED"]),
        attack(
            "many fragments",
            repeated(101, |n| format!("fragment f{n} on Query {{ a }}")) + "{ a }",
            &["FRAGMENT_LIMIT_EXCEEDED"],
        ),
        attack(
            "a long chain of fragments",
            format!("{{ ...f0 }} {}", chain(90)),
            &["DEPTH_LIMIT_EXCEEDED", "GRAPHQL_VALIDATION_FAILED"],
        ),
        attack("a fragment within itself", "{ ...a } fragment a on Query { ...a }".to_owned(), &["FRAGMENT_CYCLE"]),
        attack(
            "fragments within each other",
            format!("{{ ...f0 }} {} fragment f90 on Query {{ ...f0 }}", chain(90)),
            &["FRAGMENT_CYCLE", "DEPTH_LIMIT_EXCEEDED"],
        ),
        attack("many operations", repeated(500, |n| format!("query q{n} {{ a }}")), &["TOKEN_LIMIT_EXCEEDED"]),
        attack("NUL", "{ a\0b }".to_owned(), &["GRAPHQL_PARSE_FAILED"]),
        attack("a byte order mark within", "{ a\u{feff}\u{feff}( }".to_owned(), &["GRAPHQL_PARSE_FAILED"]),
        attack(
            "introspection that multiplies",
            format!("{{ __schema {{ types {{ {} name {} }} }} }}", "fields { type { ".repeat(3), "} }".repeat(3)),
            &["DEPTH_LIMIT_EXCEEDED"],
        ),
    ]
}

/// Brackets behind what looks like a string or a comment, and strings whose end is looked for again and again.
fn strings() -> Vec<Attack> {
    let brackets = "{a".repeat(100_000);
    let reopened = "\\\\\"\"\"\"".repeat(600);
    let (deep, unread): (&'static [&'static str], &'static [&'static str]) = (&["DEPTH_LIMIT_EXCEEDED"], &["GRAPHQL_PARSE_FAILED"]);
    [
        ("brackets behind a comment", format!("#\r{brackets}"), deep),
        ("brackets behind a block string", format!("query($a: String = \"\"\"\\\\\"\"\" \"\"\"){brackets}"), deep),
        ("a block string without an end", format!("{{ a(b: [\"\"\" \" {}", "{a:".repeat(100_000)), unread),
        ("600 strings without an end", format!("{{ a(b: [\"\"\" \"{reopened}{}", "x".repeat(900_000)), unread),
        ("a string without an end", format!("{{ a(b: \"{}", "x".repeat(900_000)), unread),
    ]
    .into_iter()
    .map(|(what, document, codes)| Attack::document(what, &document, codes))
    .collect()
}

/// Fragments that spread the next one several times: a kilobyte that expands to more fields than there are atoms.
fn bombs() -> Vec<Attack> {
    let bomb = |branch: usize, levels: usize| {
        let fragment = |level: usize| format!("fragment f{level} on Query {{ {} }}", format!("...f{} ", level + 1).repeat(branch));
        let last = format!("fragment f{levels} on Query {{ a: viewer {{ __typename }} b: viewer {{ __typename }} }}");
        let document = format!("{{ ...f0 }} {} {last}", repeated(levels, fragment));
        let codes = &["ROOT_FIELD_LIMIT_EXCEEDED", "SELECTION_LIMIT_EXCEEDED"];
        Attack::document(format!("a bomb of {levels} levels of {branch} fragments"), &document, codes)
    };
    (2..=10).flat_map(|branch| (4..=20).map(move |levels| bomb(branch, levels))).collect()
}

fn bodies() -> Vec<Attack> {
    let bad: &[&str] = &["BAD_USER_INPUT"];
    let batch = format!("[{}]", vec!["{\"query\":\"{ __typename }\"}"; 1_000].join(","));
    let mut attacks = vec![
        Attack::new("an array of 1 000 requests", batch, 400, &["BATCH_LIMIT_EXCEEDED"]),
        Attack::new("a body of 10 MB", vec![b' '; 10 * 1024 * 1024], 413, &["BODY_LIMIT_EXCEEDED"]),
        Attack::new(
            "100 000 brackets in variables",
            format!("{{\"query\":\"{{ a }}\",\"variables\":{{\"a\":{}", "[".repeat(100_000)),
            400,
            bad,
        ),
        Attack::new(
            "a number of 900 KB",
            format!("{{\"query\":\"{{ a }}\",\"variables\":{{\"a\":{}}}}}", "9".repeat(900_000)),
            400,
            bad,
        ),
        Attack::new("a lone surrogate", "{\"query\":\"{ node(id: \\\"\\ud83d\\\") { id } }\"}", 400, bad),
        Attack::new("no UTF-8", b"{\"query\":\"\xff\xfe\"}".to_vec(), 400, bad),
    ];
    // Ten thousand to one: what arrives is small, and is not unpacked.
    for encoding in ["gzip", "deflate", "br", "zstd", "gzip, gzip", "unheard-of"] {
        let bomb =
            Attack::new(format!("a bomb packed by {encoding}"), vec![0x1f_u8, 0x8b, 8, 0, 0, 0], 415, &["UNSUPPORTED_MEDIA_TYPE"]);
        attacks.push(bomb.with(&[("content-type", "application/json"), ("content-encoding", encoding)]));
    }
    attacks
}

/// Mutations as a foreign page could send them.
fn mutations() -> Vec<Attack> {
    let mutation = "mutation { createOrganization(input: { name: \"Forged\" }) { organization { id } } }";
    let as_json = serde_json::json!({ "query": mutation }).to_string();
    let typed = |media_type: &'static str, body: &str| {
        Attack::new(format!("a mutation as {media_type}"), body, 415, &["UNSUPPORTED_MEDIA_TYPE"])
            .with(&[("content-type", media_type)])
    };
    let by_get = |headers: &[(&'static str, &'static str)], status, codes| Attack {
        method: "GET",
        parameters: "?query=mutation%7BcreateOrganization(input%3A%7Bname%3A%22Forged%22%7D)%7Borganization%7Bid%7D%7D%7D"
            .to_owned(),
        ..Attack::new("a mutation by GET", "", status, codes).with(headers)
    };
    vec![
        typed("text/plain", &as_json),
        typed("application/x-www-form-urlencoded", "query=mutation"),
        typed("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\na\r\n--x--"),
        typed("application/graphql", mutation),
        by_get(&[], 400, &["BAD_USER_INPUT"]),
        by_get(&[("graphql-require-preflight", "1")], 405, &["METHOD_NOT_ALLOWED"]),
    ]
}
