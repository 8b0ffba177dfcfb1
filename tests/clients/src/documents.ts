// The documents of an imagined front end, with the types that are generated from them.
import { graphql } from "../generated/index";

export const ORGANIZATIONS = graphql(`
  query Organizations($first: Int!, $after: String) {
    organizations(first: $first, after: $after) {
      totalCount
      nodes {
        ...OrganizationCard
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const CARD = graphql(`
  fragment OrganizationCard on Organization {
    __typename
    id
    name
    billingEmail
    owner {
      __typename
      id
      displayName
    }
  }
`);

export const VIEWER = graphql(`
  query Viewer {
    viewer {
      user {
        __typename
        id
        displayName
      }
    }
  }
`);

export const ORGANIZATION = graphql(`
  query Organization($id: ID!) {
    organization(id: $id) {
      __typename
      id
      name
    }
  }
`);

export const CREATE = graphql(`
  mutation Create($input: CreateOrganizationInput!) {
    createOrganization(input: $input) {
      organization {
        __typename
        id
        name
      }
      userErrors {
        field
        code
        message
      }
    }
  }
`);
