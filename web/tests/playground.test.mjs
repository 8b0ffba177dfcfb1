// The playground as a developer meets it: the real server, a real browser, nobody else on the network.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser } from "./browser.mjs";
import { startServer } from "./server.mjs";

const FIELD = "billingEmail";
const PERMISSION = "billing.read";

let server, browser, page, identities;
const requests = [];
const complaints = [];

before(async () => {
  server = await startServer();
  identities = await (await fetch(new URL("/playground/identities", server.url))).json();
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
  page.setDefaultTimeout(20_000);
  page.on("request", (request) => requests.push(request));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(server.url);
});

after(async () => {
  await browser?.close();
  await server?.kill();
});

test("it opens as the owner, with the examples as tabs", async () => {
  assert.equal(await page.title(), "Tenantry");
  assert.equal(await picker().inputValue(), "owner");
  assert.deepEqual(await page.getByRole("tab").allInnerTexts(), [
    "WhoAmI",
    "OrgTree",
    "Roles",
    "DeniedFields",
  ]);
  // The button can be pressed before the editors are there, and then does nothing.
  await page.locator(".graphiql-query-editor .view-line").first().waitFor();
});

test("the first example shows who the owner is and what the answer cost", async () => {
  const answer = await run();
  const owner = identities.find(({ key }) => key === "owner");
  assert.equal(answer.errors, undefined);
  assert.equal(answer.data.viewer.user.displayName, owner.label);
  await page.locator(".graphiql-response").getByText(owner.label).first().waitFor();
  await page.getByRole("status").getByText(/^\d+ SQL statements? · \d+\.\d ms$/).waitFor();
});

for (const name of ["OrgTree", "Roles"]) {
  test(`the example ${name} fits the schema`, async () => {
    await openTab(name);
    const { data, errors = [] } = await run();
    assert.ok(data, JSON.stringify(errors));
    // The owner sees organizations of others too, and not what those pay.
    assert.deepEqual(errors.filter(({ extensions }) => extensions?.code !== "FORBIDDEN"), []);
  });
}

test("a change of identity reads the schema again, and denied fields name their permission", async () => {
  const introspected = page.waitForRequest((request) => operation(request) === "IntrospectionQuery");
  await picker().selectOption("readonly");
  assert.equal(authorization(await introspected), bearer("readonly"));

  await openTab("DeniedFields");
  const answer = JSON.stringify((await run()).errors);
  assert.match(answer, /"FORBIDDEN"/);
  assert.ok(answer.includes(PERMISSION), answer);
});

test("the header editor wins over the picker", async () => {
  await page.getByRole("button", { name: "Headers", exact: true }).click();
  await page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines").click();
  await page.keyboard.insertText(JSON.stringify({ authorization: bearer("owner") }));
  const asked = page.waitForRequest((request) => operation(request) === "DeniedFields");
  await run();
  assert.equal(authorization(await asked), bearer("owner"));
});

test("the explorer shows the root fields", async () => {
  await page.getByRole("button", { name: /GraphiQL Explorer/ }).click();
  const explorer = page.locator(".graphiql-plugin");
  await explorer.getByText("organizations", { exact: true }).waitFor();
  await explorer.getByText("viewer", { exact: true }).waitFor();
});

test("the documentation of a guarded field names its permission", async () => {
  await page.getByRole("button", { name: /Documentation Explorer/ }).click();
  const documentation = page.locator(".graphiql-plugin");
  await documentation.getByRole("combobox").fill(FIELD);
  await page.getByRole("option", { name: new RegExp(`^Organization\\.${FIELD}`) }).click();
  await documentation.getByText(PERMISSION).first().waitFor();
});

test("a reload keeps the identity and the tabs", async () => {
  // Only the tab in front has a button to close it.
  await page.locator("button[aria-label='Close Tab']:visible").click();
  // GraphiQL stores the tabs half a second after a change.
  await page.waitForFunction(() => !localStorage["graphiql:tabState"].includes("DeniedFields"));
  await page.reload();
  assert.equal(await picker().inputValue(), "readonly");
  assert.deepEqual(await page.getByRole("tab").allInnerTexts(), ["WhoAmI", "OrgTree", "Roles"]);
});

test("signed out sends no token", async () => {
  const introspected = page.waitForRequest((request) => operation(request) === "IntrospectionQuery");
  await picker().selectOption({ label: "signed out" });
  assert.equal(authorization(await introspected), undefined);
});

test("no other host was asked, and the console has no errors", () => {
  const hosts = requests
    .map((request) => new URL(request.url()))
    .filter(({ protocol }) => protocol !== "data:" && protocol !== "blob:")
    .map(({ host }) => host);
  assert.deepEqual([...new Set(hosts)], [new URL(server.url).host]);
  assert.deepEqual(complaints, []);
});

test("SIGTERM ends the server with status 0", async () => {
  await browser.close();
  assert.equal(await server.stop(), 0);
});

// === What a developer does ===

function picker() {
  return page.getByLabel("Acting as");
}

async function openTab(name) {
  await page.getByRole("tab", { name }).click();
  await page.locator(".graphiql-query-editor").getByText(name).first().waitFor();
}

/** Runs what is in the editor and gives back what the response pane holds. */
async function run() {
  await page.getByRole("button", { name: /Execute query/ }).click();
  // A run empties the pane first. Its model is read, as the pane itself renders only the lines in sight.
  const shown = await page.waitForFunction(() =>
    globalThis.__MONACO.editor
      .getModels()
      .find(({ uri }) => uri.path.endsWith("response.json"))
      .getValue(),
  );
  return JSON.parse(await shown.jsonValue());
}

// === What the server was sent ===

function bearer(key) {
  return `Bearer ${identities.find((identity) => identity.key === key).token}`;
}

function authorization(request) {
  return request.headers().authorization;
}

function operation(request) {
  return request.url().endsWith("/graphql") ? request.postDataJSON().operationName : undefined;
}
