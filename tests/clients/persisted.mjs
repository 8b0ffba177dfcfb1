// Documents that are named instead of sent: automatic persisted queries of Apollo Client and urql, and the manifests of Apollo's
// generator and of graphql-codegen, published as they are.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { generatePersistedQueryIdsFromManifest } from "@apollo/persisted-query-lists";
import { Client, fetchExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { persistedExchange } from "@urql/exchange-persisted";
import { parse } from "graphql";
import { CARDS, RENAME } from "./persisted/documents.js";
import { server } from "./server.mjs";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const read = (name) => readFile(new URL(`generated/${name}`, import.meta.url), "utf8");
const headersOf = (identity) => ({ authorization: `Bearer ${server.token(identity)}`, "GraphQL-Require-Preflight": "1" });

/** A `fetch` that notes what is sent: the method, and whether a text came along. */
function watched() {
  const sent = [];
  const watch = (url, init) => {
    const parameters = init.body ? JSON.parse(init.body) : Object.fromEntries(new URL(url).searchParams);
    sent.push(`${init.method}${parameters.query ? " with text" : ""}`);
    return fetch(url, init);
  };
  return { sent, fetch: watch };
}

async function ask(query, variables) {
  const headers = { ...headersOf("owner"), "content-type": "application/json" };
  const { data } = await (await fetch(server.graphql, { method: "POST", headers, body: JSON.stringify({ query, variables }) })).json();
  return data;
}

async function publish(client, file) {
  const query = `mutation ($input: PublishDocumentsInput!) {
    publishDocuments(input: $input) { documents { name documentId } userErrors { field message } }
  }`;
  const { publishDocuments } = await ask(query, { input: { client, files: [file] } });
  assert.deepEqual(publishDocuments.userErrors, []);
  return publishDocuments.documents;
}

function apollo(options, watch) {
  const http = new HttpLink({ uri: server.graphql, headers: headersOf("owner"), fetch: watch.fetch });
  return new ApolloClient({ link: new PersistedQueryLink(options).concat(http), cache: new InMemoryCache() });
}

test("Apollo Client sends a text once, and its hash from then on, by GET", async () => {
  const query = gql`
    query AutomaticApollo($first: Int!) {
      organizations(first: $first) {
        nodes {
          id
          name
        }
      }
    }
  `;
  const ask = async (watch) => {
    const { data } = await apollo({ sha256, useGETForHashedQueries: true }, watch).query({ query, variables: { first: 2 } });
    assert.equal(data.organizations.nodes.length, 2);
    return watch.sent;
  };
  assert.deepEqual(await ask(watched()), ["GET", "POST with text"]);
  assert.deepEqual(await ask(watched()), ["GET"]);
});

test("Apollo Client runs what its generator wrote into a manifest, and sends no text", async () => {
  const manifest = await read("persisted-query-manifest.json");
  const published = await publish("apollo-front-end", manifest);
  assert.deepEqual(published.map(({ name }) => name).sort(), ["Cards", "Rename"]);
  const ids = generatePersistedQueryIdsFromManifest({ loadManifest: async () => JSON.parse(manifest) });
  const watch = watched();
  const client = apollo(ids, watch);
  const { data } = await client.query({ query: CARDS, variables: { first: 1 } });
  const { id, name } = data.organizations.edges[0].node;
  const renamed = await client.mutate({ mutation: RENAME, variables: { input: { organizationId: id, name: `${name} Ltd.` } } });
  assert.equal(renamed.data.updateOrganization.organization.name, `${name} Ltd.`);
  // The cache holds what the mutation answered.
  assert.equal(client.readQuery({ query: CARDS, variables: { first: 1 } }).organizations.edges[0].node.name, `${name} Ltd.`);
  await client.mutate({ mutation: RENAME, variables: { input: { organizationId: id, name } } });
  assert.deepEqual(watch.sent, ["POST", "POST", "POST"]);
});

test("a partner's Apollo Client runs its manifest with a key, and nothing else", async () => {
  const manifest = await read("persisted-query-manifest.json");
  await publish("apollo-partner", manifest);
  const created = await ask("mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }", {
    input: { name: "Partner", client: "apollo-partner", scopes: ["organization.read", "organization.update", "members.read"] },
  });
  const ids = generatePersistedQueryIdsFromManifest({
    loadManifest: async () => ({ operations: [...JSON.parse(manifest).operations, { id: "0".repeat(64), name: "Lost" }] }),
  });
  const headers = { authorization: `Bearer ${created.createApiKey.secret}` };
  const link = new PersistedQueryLink(ids).concat(new HttpLink({ uri: server.graphql, headers }));
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const { data } = await client.query({ query: CARDS, variables: { first: 1 } });
  assert.equal(data.organizations.edges.length, 1);
  // The client sends the text where its id is unknown; a partner's key takes none.
  await assert.rejects(client.query({ query: gql`query Lost { viewer { tenant { id } } }` }), (error) => {
    assert.ok(CombinedGraphQLErrors.is(error), error);
    return true;
  });
  await assert.rejects(
    new ApolloClient({ link: new HttpLink({ uri: server.graphql, headers }), cache: new InMemoryCache() }).query({ query: CARDS, variables: { first: 1 } }),
    (error) => error.errors[0].extensions.code === "DOCUMENT_REQUIRED",
  );
});

const NAMES = `
  query AutomaticUrql($first: Int!) {
    organizations(first: $first) {
      nodes {
        __typename
        id
        name
      }
    }
  }
`;

function urql(watch, exchanges) {
  return new Client({ url: server.graphql, exchanges, fetch: watch.fetch, fetchOptions: { headers: headersOf("owner") }, preferGetMethod: false });
}

for (const preferGetForPersistedQueries of ["force", false]) {
  test(`urql with persistedExchange and graphcache ${preferGetForPersistedQueries ? "by GET" : "by POST"}`, async () => {
    const text = NAMES.replace("AutomaticUrql", `AutomaticUrql${preferGetForPersistedQueries || ""}`);
    const started = (watch) =>
      urql(watch, [cacheExchange({}), persistedExchange({ preferGetForPersistedQueries }), fetchExchange]);
    const method = preferGetForPersistedQueries ? "GET" : "POST";
    const first = watched();
    const client = started(first);
    const { data, error } = await client.query(text, { first: 2 });
    assert.equal(error, undefined);
    const { id, name } = data.organizations.nodes[0];
    assert.equal(first.sent.length, 2, "asked by the hash, then with the text");
    assert.equal(first.sent[0], method);
    assert.match(first.sent[1], / with text$/);

    // What was asked before is in the normalized cache; what a mutation answers is seen in it.
    await client.query(text, { first: 2 });
    const rename = `mutation ($input: UpdateOrganizationInput!) {
      updateOrganization(input: $input) { organization { __typename id name } } }`;
    await client.mutation(rename, { input: { organizationId: id, name: `${name} GmbH` } });
    const cached = await client.query(text, { first: 2 });
    assert.equal(cached.data.organizations.nodes[0].name, `${name} GmbH`);
    await client.mutation(rename, { input: { organizationId: id, name } });
    assert.deepEqual(first.sent.slice(2), ["POST with text", "POST with text"]);

    const second = watched();
    const again = await started(second).query(text, { first: 2 });
    assert.equal(again.data.organizations.nodes.length, 2);
    assert.deepEqual(second.sent, [method]);
  });
}

test("graphql-codegen's persisted documents are published as they are, and named by the hashes that it made", async () => {
  const file = await read("persisted-documents.json");
  const documents = Object.entries(JSON.parse(file));
  assert.equal((await publish("codegen-front-end", file)).length, documents.length);
  const nameOf = (document) => document.definitions.find(({ kind }) => kind === "OperationDefinition").name.value;
  // A generated document has its hash in `__meta__`, from which the link takes it; here it is found by the document's name.
  const hashes = new Map(documents.map(([hash, text]) => [nameOf(parse(text)), hash]));
  const watch = watched();
  const client = apollo({ generateHash: (document) => hashes.get(nameOf(document)) }, watch);
  const variables = { Organizations: { first: 1 }, Viewer: {}, Organization: { id: "org_00000000000000000000000000" } };
  for (const [, text] of documents) {
    const query = parse(text);
    if (!(nameOf(query) in variables)) continue;
    const { data } = await client.query({ query, variables: variables[nameOf(query)] });
    assert.ok(data);
  }
  assert.deepEqual(watch.sent, ["POST", "POST", "POST"]);
});
