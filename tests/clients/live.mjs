// graphql-ws and graphql-sse, unmodified: queries, mutations, subscriptions, errors, and how each comes back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient as createSocketClient } from "graphql-ws";
import { createClient as createStreamClient } from "graphql-sse";
import WebSocket from "ws";
import { server } from "./server.mjs";

const socketClient = (identity, options = {}) =>
  createSocketClient({
    url: server.graphql.replace("http", "ws") + "/ws",
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${identity ? server.token(identity) : "ts_nobody"}` },
    ...options,
  });
const streamClient = (identity, options = {}) =>
  createStreamClient({
    url: server.graphql + "/stream",
    headers: { authorization: `Bearer ${identity ? server.token(identity) : "ts_nobody"}` },
    ...options,
  });
const CLIENTS = { "graphql-ws": socketClient, "graphql-sse": streamClient };

const START = `query Start { liveCursor organizations(first: 1) { nodes { id name } } }`;
const RENAME = `mutation Rename($id: ID!, $name: String!) {
  updateOrganization(input: { organizationId: $id, name: $name }) { organization { name } userErrors { code } }
}`;
const CHANGES = `subscription Changes($id: ID!, $after: String) {
  organizationChanged(id: $id, after: $after) { id cursor action organization { name billingEmail } }
}`;

async function one(client, payload) {
  const results = [];
  for await (const result of client.iterate(payload)) results.push(result);
  assert.equal(results.length, 1);
  return results[0];
}

for (const [name, makeClient] of Object.entries(CLIENTS)) {
  test(`${name}: a query, its cursor, mutations, and what is told of them`, async () => {
    const client = makeClient("owner");
    const start = await one(client, { query: START });
    assert.equal(start.errors, undefined);
    const { id, name: before } = start.data.organizations.nodes[0];
    const names = [`${name} one`, `${name} two`, before];
    const events = client.iterate({ query: CHANGES, variables: { id, after: start.data.liveCursor } });
    for (const name of names) {
      const renamed = await one(client, { query: RENAME, variables: { id, name } });
      assert.equal(renamed.data.updateOrganization.organization.name, name);
      const { value } = await events.next();
      assert.equal(value.errors, undefined);
      assert.equal(value.data.organizationChanged.action, "organization.update");
      assert.equal(value.data.organizationChanged.organization.name, name);
    }
    await events.return();
    client.dispose();
  });

  test(`${name}: who may see less is shown less`, async () => {
    const [owner, readonly] = [makeClient("owner"), makeClient("readonly")];
    const { data } = await one(readonly, { query: START });
    const { id, name: before } = data.organizations.nodes[0];
    const events = readonly.iterate({ query: CHANGES, variables: { id, after: data.liveCursor } });
    await one(owner, { query: RENAME, variables: { id, name: `${name} shown` } });
    const { value } = await events.next();
    assert.equal(value.data.organizationChanged.organization.billingEmail, null);
    assert.equal(value.errors[0].extensions.code, "FORBIDDEN");
    await events.return();
    await one(owner, { query: RENAME, variables: { id, name: before } });
    owner.dispose();
    readonly.dispose();
  });

  test(`${name}: a client that was cut off goes on by its cursor, and misses nothing`, async () => {
    // Variables are read when a client comes back: so the cursor in them is always the last one.
    const [owner, other] = [makeClient("owner"), makeClient("owner")];
    const { data } = await one(owner, { query: START });
    const { id, name: before } = data.organizations.nodes[0];
    let variables = { id, after: data.liveCursor };
    const told = [];
    for (let round = 0; round < 3; round += 1) {
      const listening = makeClient("owner");
      const events = listening.iterate({ query: CHANGES, variables });
      await one(other, { query: RENAME, variables: { id, name: `${name} round ${round}` } });
      const { value } = await events.next();
      told.push(value.data.organizationChanged.id);
      variables = { id, after: value.data.organizationChanged.cursor };
      // It goes, and something happens that it does not hear of.
      await events.return();
      listening.dispose();
      await one(other, { query: RENAME, variables: { id, name: `${name} unheard ${round}` } });
      const again = makeClient("owner");
      const missed = again.iterate({ query: CHANGES, variables });
      const { value: heard } = await missed.next();
      told.push(heard.data.organizationChanged.id);
      variables = { id, after: heard.data.organizationChanged.cursor };
      await missed.return();
      again.dispose();
    }
    assert.equal(new Set(told).size, 6);
    await one(owner, { query: RENAME, variables: { id, name: before } });
    owner.dispose();
    other.dispose();
  });
}

test("graphql-ws: errors of a document end the operation, a token that does not hold the connection", async () => {
  const client = socketClient("owner");
  await assert.rejects(one(client, { query: "{ nope }" }), (errors) => errors[0].extensions.code === "GRAPHQL_VALIDATION_FAILED");
  const unknown = "subscription { organizationChanged(id: \"org_01h455vb4pex5vsknk084sn02q\") { id } }";
  await assert.rejects(one(client, { query: unknown }), (errors) => errors[0].extensions.code === "NOT_FOUND");
  client.dispose();
  const stranger = socketClient(undefined, { retryAttempts: 0 });
  await assert.rejects(one(stranger, { query: START }), (closed) => closed.code === 4403);
  stranger.dispose();
});

test("graphql-ws: a connection is kept alive by either side", async () => {
  let ponged = 0;
  const client = socketClient("owner", { lazy: false, keepAlive: 50, on: { pong: () => (ponged += 1) } });
  while (ponged < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  client.dispose();
});

test("graphql-sse: errors of a document and of a token are results", async () => {
  const client = streamClient("owner");
  const { errors } = await one(client, { query: "{ nope }" });
  assert.equal(errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
  client.dispose();
  const stranger = streamClient(undefined, { retryAttempts: 0 });
  const refused = await one(stranger, { query: "subscription { accessChanged { id } }" });
  assert.equal(refused.errors[0].extensions.code, "UNAUTHENTICATED");
  stranger.dispose();
});
