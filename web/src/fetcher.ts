// How the playground asks the server: one POST per operation, in the name of the chosen identity.
import type { GraphiQLProps } from "graphiql";

type Fetcher = GraphiQLProps["fetcher"];

export function fetcherWith(token: string | undefined): Fetcher {
  return async (operation, options) => {
    const headers = new Headers({
      "Accept": "application/graphql-response+json, application/json",
      "Content-Type": "application/json",
    });
    if (token) headers.set("Authorization", `Bearer ${token}`);
    // Last, so that the header editor wins whatever the case it is written in.
    for (const [name, value] of Object.entries(options?.headers ?? {})) {
      headers.set(name, String(value));
    }
    const response = await fetch("/graphql", {
      method: "POST",
      headers,
      body: JSON.stringify({ ...operation, operationName: presentName(operation) }),
    });
    return answerOf(response);
  };
}

// Right after a change of tab GraphiQL still has the name of the tab before.
function presentName({ query, operationName }: { query: string; operationName?: string | null }) {
  return operationName && query.includes(operationName) ? operationName : undefined;
}

// An error status can carry a GraphQL answer, which is the better thing to show; a page of a proxy cannot.
async function answerOf(response: Response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${response.status} ${response.statusText}: ${text.slice(0, 500)}`);
  }
}
