//! The queries that are measured, and what they ask for.

use clap::ValueEnum;
use serde::Serialize;
use std::fmt;

/// A kind of query, as it is chosen on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Family {
    /// Organizations with owner, subscription, members, roles and permissions.
    OrgTree,
    /// One organization with its owner's e-mail.
    Point,
    /// The viewer's memberships with organization and roles.
    Me,
}

/// A query with its sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "query", rename_all = "kebab-case")]
pub(crate) enum Shape {
    /// So many organizations, with so many members each.
    OrgTree {
        /// How many organizations.
        first: u32,
        /// How many members of each.
        members: u32,
    },
    /// One organization with its owner's e-mail.
    Point,
    /// The viewer's memberships with organization and roles.
    Me,
}

impl Family {
    /// All sizes in which this is measured, the smallest first.
    pub(crate) fn shapes(self) -> Vec<Shape> {
        match self {
            Self::OrgTree => {
                [(1, 5), (10, 10), (20, 20), (50, 25)].map(|(first, members)| Shape::OrgTree { first, members }).to_vec()
            }
            Self::Point => vec![Shape::Point],
            Self::Me => vec![Shape::Me],
        }
    }
}

impl Shape {
    /// The query in GraphQL.
    pub(crate) const fn document(self) -> &'static str {
        match self {
            Self::OrgTree { .. } => ORG_TREE,
            Self::Point => POINT,
            Self::Me => ME,
        }
    }

    /// Where the hand-written programs answer it.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::OrgTree { .. } => "/org-tree",
            Self::Point => "/point",
            Self::Me => "/me",
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OrgTree { first, members } => write!(formatter, "org tree, {first} organizations with {members} members each"),
            Self::Point => formatter.write_str("point, one organization with its owner's e-mail"),
            Self::Me => formatter.write_str("me, the viewer's memberships"),
        }
    }
}

const ORG_TREE: &str = "\
query OrgTree($first: Int!, $membersFirst: Int!) {
  organizations(first: $first) { nodes {
    id name domain billingEmail
    owner { id email displayName }
    subscription { status seatQuantity product { key name } }
    members(first: $membersFirst) { nodes {
      id role status lastActiveAt
      user { id email displayName }
      roles { id key name permissions { id key } }
    } }
  } }
}";

const POINT: &str = "\
query Point($id: ID!) {
  organization(id: $id) { id name owner { email } }
}";

const ME: &str = "\
query Me {
  viewer {
    user { id }
    memberships(first: 20) { nodes {
      id role organization { id name } roles { id key name }
    } }
  }
}";
