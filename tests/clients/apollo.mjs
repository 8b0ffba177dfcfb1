// Apollo Client, unmodified: cache, pages, mutations, errors, and queries by GET.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";
import { server } from "./server.mjs";

function client(identity, options = {}) {
  const headers = identity ? { authorization: `Bearer ${server.token(identity)}` } : {};
  return new ApolloClient({
    link: new HttpLink({ uri: server.graphql, headers, ...options }),
    cache: new InMemoryCache({
      possibleTypes: { Node: ["Organization", "User"] },
      typePolicies: { Query: { fields: { organizations: relayStylePagination() } } },
    }),
  });
}

const PAGE = gql`
  query Page($first: Int!, $after: String) {
    organizations(first: $first, after: $after) {
      edges {
        cursor
        node {
          id
          name
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

test("pages are fetched one after the other, and put together", async () => {
  const apollo = client("owner");
  const page = (after) => apollo.query({ query: PAGE, variables: { first: 4, after }, fetchPolicy: "network-only" });
  let { data } = await page(null);
  let pages = 1;
  while (data.organizations.pageInfo.hasNextPage) {
    ({ data } = await page(data.organizations.pageInfo.endCursor));
    pages += 1;
    assert.ok(pages < 20, "there is no last page");
  }
  assert.ok(pages > 1);
  const { organizations } = apollo.readQuery({ query: PAGE, variables: { first: 4 } });
  const whole = await client("owner").query({ query: PAGE, variables: { first: 100 } });
  const names = (connection) => connection.edges.map(({ node }) => node.name);
  assert.deepEqual(names(organizations), names(whole.data.organizations));
});

test("objects are known by their ids, and what a mutation answers is what everybody sees", async () => {
  const apollo = client("owner");
  const input = { name: "Made by Apollo", idempotencyKey: "apollo" };
  const create = gql`
    mutation Create($input: CreateOrganizationInput!) {
      createOrganization(input: $input) {
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
  const { data } = await apollo.mutate({ mutation: create, variables: { input } });
  const { id } = data.createOrganization.organization;
  assert.deepEqual(data.createOrganization.userErrors, []);
  const update = gql`
    mutation Rename($input: UpdateOrganizationInput!) {
      updateOrganization(input: $input) {
        organization {
          id
          name
        }
      }
    }
  `;
  await apollo.mutate({ mutation: update, variables: { input: { organizationId: id, name: "Renamed by Apollo" } } });
  const fragment = gql`
    fragment Name on Organization {
      name
    }
  `;
  assert.equal(apollo.readFragment({ id: `Organization:${id}`, fragment }).name, "Renamed by Apollo");
});

test("a field that is denied is null, beside an error with its code and path", async () => {
  const query = gql`
    {
      organizations(first: 1) {
        edges {
          node {
            id
            name
            billingEmail
          }
        }
      }
    }
  `;
  const { data, error } = await client("readonly").query({ query, errorPolicy: "all" });
  assert.equal(data.organizations.edges[0].node.billingEmail, null);
  assert.ok(data.organizations.edges[0].node.name);
  assert.ok(CombinedGraphQLErrors.is(error));
  assert.equal(error.errors[0].extensions.code, "FORBIDDEN");
  assert.deepEqual(error.errors[0].path, ["organizations", "edges", 0, "node", "billingEmail"]);
});

test("a request that is refused is an error of GraphQL, whatever its status", async () => {
  for (const [query, code] of [
    [gql`{ organizationz { totalCount } }`, "GRAPHQL_VALIDATION_FAILED"],
    [gql`query ($id: ID!) { organization(id: $id) { id } }`, "BAD_USER_INPUT"],
  ]) {
    await assert.rejects(client("owner").query({ query, variables: { id: null } }), (error) => {
      assert.ok(CombinedGraphQLErrors.is(error), error);
      assert.equal(error.errors[0].extensions.code, code);
      return true;
    });
  }
  const stranger = client(undefined, { headers: { authorization: "Bearer ts_nobody" } });
  await assert.rejects(stranger.query({ query: gql`{ viewer { user { id } } }` }), (error) => {
    assert.ok(CombinedGraphQLErrors.is(error), error);
    assert.equal(error.errors[0].extensions.code, "UNAUTHENTICATED");
    return true;
  });
});

test("queries go by GET as they are, and mutations do not", async () => {
  const methods = [];
  const watched = (url, init) => {
    methods.push(init.method);
    return fetch(url, init);
  };
  const apollo = client("owner", { useGETForQueries: true, fetch: watched });
  const { data } = await apollo.query({ query: PAGE, variables: { first: 1 } });
  assert.equal(data.organizations.edges.length, 1);
  const mutation = gql`mutation { createOrganization(input: { name: "" }) { userErrors { field code } } }`;
  const refused = await apollo.mutate({ mutation });
  assert.ok(refused.data.createOrganization.userErrors.length > 0);
  assert.deepEqual(methods, ["GET", "POST"]);
});
