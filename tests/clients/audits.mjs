// graphql-http's audits of servers: every MUST and every SHOULD.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serverAudits } from "graphql-http";
import { server } from "./server.mjs";

// A GET needs a header that no foreign page can send; the audits are of anything but that.
const fetchFn = (url, init = {}) =>
  fetch(url, init.method ? init : { ...init, headers: { ...init.headers, "GraphQL-Require-Preflight": "1" } });

const audits = serverAudits({ url: () => server.graphql, fetchFn });

test("there are audits to pass", () => {
  assert.ok(audits.filter(({ name }) => /^(MUST|SHOULD) /.test(name)).length > 30);
});

for (const { id, name, fn } of audits) {
  test(`${id} ${name}`, async () => {
    const { status, reason, response } = await fn();
    // What a server MAY do is noted, and is no duty.
    const passes = /^MAY /.test(name) ? ["ok", "notice"] : ["ok"];
    assert.ok(passes.includes(status), `${status}: ${reason} (${response?.status})`);
  });
}
