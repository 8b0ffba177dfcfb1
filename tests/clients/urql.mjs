// urql, unmodified: queries by POST and GET, mutations, and errors with their codes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, cacheExchange, fetchExchange, gql } from "@urql/core";
import { server } from "./server.mjs";

function client(identity, options = {}) {
  const headers = { "GraphQL-Require-Preflight": "1" };
  if (identity) headers.authorization = `Bearer ${server.token(identity)}`;
  const fetchOptions = { headers };
  return new Client({ url: server.graphql, exchanges: [cacheExchange, fetchExchange], fetchOptions, preferGetMethod: false, ...options });
}

const NAMES = gql`
  query Names($first: Int!) {
    organizations(first: $first) {
      totalCount
      nodes {
        id
        name
        billingEmail
      }
    }
  }
`;

for (const preferGetMethod of [false, "force"]) {
  test(`a query is answered ${preferGetMethod ? "by GET" : "by POST"}, and from the cache the second time`, async () => {
    let asked = 0;
    const counted = (...request) => {
      asked += 1;
      return fetch(...request);
    };
    const urql = client("owner", { preferGetMethod, fetch: counted });
    for (let time = 0; time < 2; time += 1) {
      const { data, error } = await urql.query(NAMES, { first: 2 });
      assert.equal(error, undefined);
      assert.equal(data.organizations.nodes.length, 2);
    }
    assert.equal(asked, 1);
  });
}

test("a mutation makes what was asked before be asked again", async () => {
  const urql = client("owner");
  const before = await urql.query(NAMES, { first: 1 });
  const mutation = gql`
    mutation Create($name: String!) {
      createOrganization(input: { name: $name }) {
        organization {
          id
          name
        }
        userErrors {
          field
          code
        }
      }
    }
  `;
  const made = await urql.mutation(mutation, { name: "Made by urql" });
  assert.equal(made.error, undefined);
  assert.equal(made.data.createOrganization.organization.name, "Made by urql");
  const after = await urql.query(NAMES, { first: 1 });
  assert.equal(after.data.organizations.totalCount, before.data.organizations.totalCount + 1);
  const refused = await urql.mutation(mutation, { name: "" });
  assert.equal(refused.data.createOrganization.organization, null);
  assert.deepEqual(refused.data.createOrganization.userErrors[0].field, ["name"]);
});

test("errors have their codes, with data and without", async () => {
  const denied = await client("readonly").query(NAMES, { first: 1 });
  assert.equal(denied.data.organizations.nodes[0].billingEmail, null);
  assert.equal(denied.error.graphQLErrors[0].extensions.code, "FORBIDDEN");
  const wrong = await client("owner").query(gql`{ organizationz { totalCount } }`, {});
  assert.equal(wrong.data, undefined);
  assert.equal(wrong.error.graphQLErrors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
  const stranger = client(undefined, { fetchOptions: { headers: { authorization: "Bearer ts_nobody" } } });
  const refused = await stranger.query(gql`{ viewer { user { id } } }`, {});
  assert.equal(refused.error.graphQLErrors[0].extensions.code, "UNAUTHENTICATED");
});
