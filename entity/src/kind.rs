//! What each prefix of an identifier stands for, in the words of tables: `org` is an `organization`.

/// Prefixes and names. Names are stored beside bare identifiers wherever a row may be about anything.
const KINDS: [(&str, &str); 19] = [
    ("ten", "tenant"),
    ("user", "user"),
    ("utok", "user_token"),
    ("sess", "session"),
    ("tmem", "tenant_membership"),
    ("org", "organization"),
    ("mem", "organization_membership"),
    ("perm", "permission"),
    ("role", "role"),
    ("mrole", "member_role"),
    ("povr", "permission_override"),
    ("team", "team"),
    ("tmbr", "team_member"),
    ("grant", "resource_grant"),
    ("prod", "product"),
    ("sub", "subscription"),
    ("drole", "developer_role"),
    ("dasg", "developer_role_assignment"),
    ("audit", "audit_log_entry"),
];

/// The name behind a prefix; a prefix that is none of ours is its own name.
#[must_use]
pub fn of_prefix(prefix: &str) -> &str {
    KINDS.iter().find(|(known, _)| *known == prefix).map_or(prefix, |(_, name)| name)
}

/// The prefix of a name; a name that is none of ours is its own prefix.
#[must_use]
pub fn prefix_of(name: &str) -> &str {
    KINDS.iter().find(|(_, known)| *known == name).map_or(name, |(prefix, _)| prefix)
}

#[cfg(test)]
mod tests {
    use super::{KINDS, of_prefix, prefix_of};

    #[test]
    fn every_prefix_leads_to_its_name_and_back() {
        for (prefix, name) in KINDS {
            assert_eq!((of_prefix(prefix), prefix_of(name)), (name, prefix));
        }
        assert_eq!((of_prefix("acme_robot"), prefix_of("acme_robot")), ("acme_robot", "acme_robot"));
    }
}
