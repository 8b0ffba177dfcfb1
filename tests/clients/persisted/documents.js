// The documents of a front end, as Apollo's generator finds them in its sources.
import { gql } from "@apollo/client";

export const CARDS = gql`
  query Cards($first: Int!, $after: String) {
    organizations(first: $first, after: $after) {
      edges {
        node {
          ...Card
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }

  fragment Card on Organization {
    id
    name
    owner {
      id
      displayName
    }
  }
`;

export const RENAME = gql`
  mutation Rename($input: UpdateOrganizationInput!) {
    updateOrganization(input: $input) {
      organization {
        id
        name
      }
      userErrors {
        code
      }
    }
  }
`;
