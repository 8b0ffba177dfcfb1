// Tenantry as a subgraph of Apollo Federation: composed with another service, and asked through a gateway. The composition is
// The Guild's, because Apollo's own may not be used by everybody (Elastic licence); its rules and messages are the same.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { getStitchedSchemaFromSupergraphSdl } from "@graphql-tools/federation";
import { composeServices } from "@theguild/federation-composition";
import { buildSchema, graphql, parse } from "graphql";
import { server } from "./server.mjs";

// A help desk: it knows of organizations and people no more than their ids.
const HELP_DESK = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])

  type Query {
    tickets: [Ticket!]!
  }
  type Ticket @key(fields: "id") {
    id: ID!
    subject: String!
    organization: Organization
    reporter: User
  }
  type Organization @key(fields: "id") {
    id: ID!
    tickets: TicketConnection!
  }
  type TicketConnection {
    nodes: [Ticket!]!
    pageInfo: PageInfo!
  }
  type PageInfo @shareable {
    hasNextPage: Boolean!
    hasPreviousPage: Boolean!
    startCursor: String
    endCursor: String
  }
  type User @key(fields: "id", resolvable: false) {
    id: ID!
  }
`;
const MACHINES = `
  directive @key(fields: String!, resolvable: Boolean) repeatable on OBJECT
  directive @shareable on OBJECT
  scalar _Any
  union _Entity = Organization | Ticket
  extend type Query {
    _entities(representations: [_Any!]!): [_Entity]!
  }
`;

const tickets = [];
const ofOrganization = ({ id }) => ({
  __typename: "Organization",
  id,
  tickets: {
    nodes: tickets.filter((ticket) => ticket.organization.id === id),
    pageInfo: { hasNextPage: false, hasPreviousPage: false },
  },
});
const helpDeskSchema = buildSchema(HELP_DESK.replace(/extend schema .*/, "") + MACHINES);
const helpDesk = createServer(async (request, response) => {
  const chunks = await request.toArray();
  const { query, variables } = JSON.parse(Buffer.concat(chunks));
  const rootValue = {
    tickets,
    _entities: ({ representations }) =>
      representations.map((wanted) =>
        wanted.__typename === "Organization" ? ofOrganization(wanted) : tickets.find(({ id }) => id === wanted.id),
      ),
  };
  response.setHeader("content-type", "application/json").end(JSON.stringify(await graphql({ schema: helpDeskSchema, source: query, variableValues: variables, rootValue })));
});

const ask = async (identity, query, variables) => {
  const headers = { "content-type": "application/json", authorization: `Bearer ${server.token(identity)}` };
  const response = await fetch(server.graphql, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  return response.json();
};

let supergraph;
after(() => helpDesk.close());

/** Opens the help desk, with some tickets about what the demo holds. */
async function open() {
  await once(helpDesk.listen(0, "127.0.0.1"), "listening");
  const { data } = await ask("owner", "{ organizations(first: 2) { nodes { id } } viewer { user { id } } }");
  data.organizations.nodes.forEach((organization, place) => {
    for (const subject of ["It does not print", "It prints"]) {
      tickets.push({ __typename: "Ticket", id: `t${tickets.length}`, subject: `${subject} (${place})`, organization, reporter: data.viewer.user });
    }
  });
  tickets.push({ __typename: "Ticket", id: "lost", subject: "Nobody's", organization: { id: "org_01hzzzzzzzfzzvzzzzzzzzzzzz" }, reporter: null });
  return `http://127.0.0.1:${helpDesk.address().port}/`;
}

/** The gateway as somebody sees it, and what it asked of Tenantry. */
function gateway(identity) {
  const asked = [];
  const watched = (url, init) => {
    asked.push(JSON.parse(init.body));
    return fetch(url, init);
  };
  const schema = getStitchedSchemaFromSupergraphSdl({
    supergraphSdl: supergraph,
    httpExecutorOpts: ({ name }) =>
      name.toLowerCase() === "tenantry" ? { headers: { authorization: `Bearer ${server.token(identity)}` }, fetch: watched } : {},
  });
  return { asked, query: (source) => graphql({ schema, source, contextValue: {} }) };
}

test("it composes with another subgraph", async () => {
  const { data } = await ask("owner", "{ _service { sdl } }");
  const services = [
    { name: "tenantry", typeDefs: parse(data._service.sdl), url: server.graphql },
    { name: "helpdesk", typeDefs: parse(HELP_DESK), url: await open() },
  ];
  const composed = composeServices(services);
  assert.deepEqual(composed.errors ?? [], []);
  supergraph = composed.supergraphSdl;
  // Who asks the whole sees which permissions its fields need.
  assert.match(supergraph, /directive @guard\(permission: String!\) on FIELD_DEFINITION/);
  assert.match(supergraph, /billingEmail: String .*@guard\(permission: "[a-z_.]+"\)/);
});

test("objects of others lead into Tenantry, all of a type in one request", async () => {
  const { asked, query } = gateway("owner");
  const { data, errors } = await query("{ tickets { subject organization { name owner { displayName } } reporter { displayName } } }");
  // What does not exist is null, as far up as it must be.
  assert.deepEqual(errors.map(({ path }) => path), [["tickets", 4, "organization", "name"]]);
  assert.deepEqual(
    data.tickets.map(({ organization }) => organization?.name ?? null),
    ["Northgate Robotics", "Northgate Robotics", ...data.tickets.slice(2, 4).map(() => data.tickets[2].organization.name), null],
  );
  assert.equal(data.tickets[0].organization.owner.displayName, "Olivia Owner");
  assert.deepEqual(data.tickets.map(({ reporter }) => reporter?.displayName), [...Array(4).fill("Olivia Owner"), undefined]);
  assert.ok(asked.length <= 2, `${asked.length} requests`);
  for (const { query: document } of asked) assert.match(document, /_entities/);
});

test("objects of Tenantry lead to others, and back again", async () => {
  const { asked, query } = gateway("owner");
  const { data, errors } = await query(`{
    organizations(first: 2) { nodes { name tickets { nodes { subject reporter { displayName } } pageInfo { hasNextPage } } } pageInfo { hasNextPage } }
  }`);
  assert.equal(errors, undefined);
  const [first] = data.organizations.nodes;
  assert.deepEqual(first.tickets.nodes.map(({ subject }) => subject), ["It does not print (0)", "It prints (0)"]);
  assert.equal(first.tickets.nodes[0].reporter.displayName, "Olivia Owner");
  assert.deepEqual([first.tickets.pageInfo.hasNextPage, data.organizations.pageInfo.hasNextPage], [false, true]);
  assert.equal(asked.length, 2);
});

test("what a caller may not see is not seen through a gateway either", async () => {
  const { data, errors } = await gateway("readonly").query("{ tickets { id organization { name billingEmail } } }");
  assert.ok(errors.some(({ extensions }) => extensions.code === "FORBIDDEN"), JSON.stringify(errors));
  assert.ok(data.tickets.every(({ organization }) => !organization?.billingEmail));
  assert.ok(data.tickets.some(({ organization }) => organization?.name));
  const outsider = await gateway("outsider").query("{ tickets { id organization { name } reporter { displayName } } }");
  assert.ok(outsider.data.tickets.every(({ organization, reporter }) => !organization?.name && !reporter?.displayName));
});
