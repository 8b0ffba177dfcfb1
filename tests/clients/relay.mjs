// Relay, unmodified: its compiler against schema.graphql, its runtime against the gateway: pages in both directions, objects found
// again by their ids, and mutations that lists and rows hear of.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import * as runtime from "relay-runtime";
import { server } from "./server.mjs";

const { Environment, Network, RecordSource, Store, commitMutation, createOperationDescriptor, fetchQuery, getRefetchMetadata, getSelector } =
  runtime.default ?? runtime;
const panel = createRequire(import.meta.url)("./generated/relay/Panel.cjs");

function environment(identity) {
  const asked = [];
  const network = Network.create(async ({ name, text }, variables) => {
    asked.push(name);
    const headers = { "content-type": "application/json", authorization: `Bearer ${server.token(identity)}` };
    const response = await fetch(server.graphql, { method: "POST", headers, body: JSON.stringify({ query: text, variables }) });
    return response.json();
  });
  return Object.assign(new Environment({ network, store: new Store(new RecordSource()) }), { asked });
}

/** A screen with the list: what `usePaginationFragment` does, without React. */
async function open(relay, variables) {
  const operation = createOperationDescriptor(panel.query, variables);
  await fetchQuery(relay, panel.query, variables).toPromise();
  // As long as the screen is there, so is its data.
  relay.retain(operation);
  const selector = () => getSelector(panel.organizations, relay.lookup(operation.fragment).data);
  const connection = () => relay.lookup(selector()).data.organizations;
  const page = (more) => fetchQuery(relay, getRefetchMetadata(panel.organizations, "test").refetchableRequest, more).toPromise();
  return {
    connection,
    rows: () => connection().edges.map(({ node }) => node),
    names: () => connection().edges.map(({ node }) => relay.lookup(getSelector(panel.row, node)).data.name),
    next: (count) => page({ first: count, after: connection().pageInfo.endCursor }),
    previous: (count) => page({ last: count, before: connection().pageInfo.startCursor }),
  };
}

const commit = (relay, mutation, variables) =>
  new Promise((resolve, reject) => {
    commitMutation(relay, {
      mutation,
      variables,
      onCompleted: (response, errors) => (errors ? reject(new Error(JSON.stringify(errors))) : resolve(response)),
      onError: reject,
    });
  });

test("pages follow each other forth, until there are no more", async () => {
  const whole = (await open(environment("owner"), { first: 100 })).names();
  const list = await open(environment("owner"), { first: 4 });
  assert.deepEqual(list.names(), whole.slice(0, 4));
  let pages = 1;
  while (list.connection().pageInfo.hasNextPage) {
    await list.next(4);
    pages += 1;
    assert.deepEqual(list.names(), whole.slice(0, pages * 4));
  }
  assert.ok(pages > 3);
  assert.deepEqual(list.names(), whole);
});

test("pages follow each other back, to the first", async () => {
  const whole = (await open(environment("owner"), { first: 100 })).names();
  const list = await open(environment("owner"), { last: 3 });
  assert.deepEqual(list.names(), whole.slice(-3));
  let pages = 1;
  while (list.connection().pageInfo.hasPreviousPage) {
    await list.previous(3);
    pages += 1;
    assert.deepEqual(list.names(), whole.slice(-3 * pages));
  }
  assert.deepEqual(list.names(), whole);
});

test("a row is found again by its id, with more than the list asked for", async () => {
  const relay = environment("owner");
  const list = await open(relay, { first: 2 });
  const [node] = list.rows();
  const { refetchableRequest } = getRefetchMetadata(panel.row, "test");
  await fetchQuery(relay, refetchableRequest, { id: node.id, withOwner: true }).toPromise();
  const operation = createOperationDescriptor(refetchableRequest, { id: node.id, withOwner: true });
  const found = relay.lookup(operation.fragment).data.node;
  const { name, owner } = relay.lookup(getSelector(panel.row, found)).data;
  assert.deepEqual([name, owner.displayName], [list.names()[0], "Olivia Owner"]);
  assert.deepEqual(relay.asked, ["PanelQuery", "PanelRowQuery"]);
});

test("what a mutation made is appended to the list, and what it renamed is renamed everywhere", async () => {
  const relay = environment("owner");
  const list = await open(relay, { first: 100 });
  const before = list.names();
  const connections = [list.connection().__id];
  const { createOrganization } = await commit(relay, panel.create, { input: { name: "Made by Relay", idempotencyKey: "relay" }, connections });
  assert.deepEqual(createOrganization.userErrors, []);
  assert.deepEqual(list.names(), [...before, "Made by Relay"]);
  const { id } = createOrganization.organization;
  await commit(relay, panel.rename, { input: { organizationId: id, name: "Renamed by Relay" } });
  assert.deepEqual(list.names(), [...before, "Renamed by Relay"]);
  const refused = await commit(relay, panel.create, { input: { name: "" }, connections });
  assert.deepEqual([refused.createOrganization.userErrors[0].field, list.names().length], [["name"], before.length + 1]);
  // Nobody has asked for the list again.
  assert.deepEqual(relay.asked, ["PanelQuery", "PanelCreateMutation", "PanelRenameMutation", "PanelCreateMutation"]);
});
