// A small front end in Relay: a list with pages in both directions, its rows, and a form.
import { graphql } from "relay-runtime";

export const query = graphql`
  query PanelQuery($first: Int, $after: String, $last: Int, $before: String) {
    ...Panel_organizations @arguments(first: $first, after: $after, last: $last, before: $before)
  }
`;

export const organizations = graphql`
  fragment Panel_organizations on Query
  @refetchable(queryName: "PanelPageQuery")
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
  ) {
    organizations(first: $first, after: $after, last: $last, before: $before) @connection(key: "Panel_organizations") {
      __id
      edges {
        node {
          id
          ...Panel_row
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`;

export const row = graphql`
  fragment Panel_row on Organization
  @refetchable(queryName: "PanelRowQuery")
  @argumentDefinitions(withOwner: { type: "Boolean", defaultValue: false }) {
    name
    owner @include(if: $withOwner) {
      displayName
    }
  }
`;

export const create = graphql`
  mutation PanelCreateMutation($input: CreateOrganizationInput!, $connections: [ID!]!) {
    createOrganization(input: $input) {
      organization @appendNode(connections: $connections, edgeTypeName: "OrganizationEdge") {
        id
        ...Panel_row
      }
      userErrors {
        field
        message
      }
    }
  }
`;

export const rename = graphql`
  mutation PanelRenameMutation($input: UpdateOrganizationInput!) {
    updateOrganization(input: $input) {
      organization {
        ...Panel_row
      }
    }
  }
`;
