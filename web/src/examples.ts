// The queries that a new visitor finds as tabs; GraphiQL keeps the visitor's own tabs from then on.

const ORGANIZATIONS = `organizations(first: 5) {
    nodes {
      id
      name
      domain
      billingEmail
      owner {
        id
        email
        displayName
      }
      subscription {
        status
        seatQuantity
        product {
          key
          name
        }
      }
      effectiveTier
      billingState
      members(first: 5) {
        totalCount
        nodes {
          role
          status
          user {
            displayName
          }
          roles {
            key
            name
          }
        }
      }
    }
  }`;

export const EXAMPLES = [
  `# Who am I: the caller, the tenant, the organizations.
query WhoAmI {
  viewer {
    user {
      id
      email
      displayName
    }
    tenant {
      id
      name
    }
    memberships(first: 10) {
      nodes {
        role
        organization {
          id
          name
        }
      }
    }
  }
}
`,
  `# Org tree: who is in each organization, what it pays.
# The line below the answer counts the SQL statements.
query OrgTree {
  ${ORGANIZATIONS}
}
`,
  `# Roles and what they permit.
query Roles {
  roles(first: 20) {
    nodes {
      key
      name
      parent {
        key
      }
      permissions {
        key
        description
      }
    }
  }
}
`,
  `# Denied fields: choose readonly in the picker
# and run this. An error names the permission.
query DeniedFields {
  ${ORGANIZATIONS}
}
`,
];
