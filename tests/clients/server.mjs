// The gateway of these tests: one `tenantry dev` for all of them, with the tokens of its demo identities.
import { after, before } from "node:test";
import { startServer } from "../../web/tests/server.mjs";

export const server = {
  /** Where it answers. */
  graphql: undefined,
  identities: [],
  token(key) {
    return this.identities.find((identity) => identity.key === key).token;
  },
};

let started;
before(async () => {
  started = await startServer();
  server.graphql = new URL("/graphql", started.url).href;
  server.identities = await (await fetch(new URL("/playground/identities", started.url))).json();
});
after(() => started?.kill());
