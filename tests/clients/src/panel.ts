// What a front end does with the types: `tsc --strict` is the test, and each expected error is one that it must find.
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { useFragment } from "../generated/index";
import { CARD, CREATE, ORGANIZATIONS, VIEWER } from "./documents";

const client = new ApolloClient({ link: new HttpLink({ uri: "/graphql" }), cache: new InMemoryCache() });

export async function names(): Promise<string[]> {
  const { data } = await client.query({ query: ORGANIZATIONS, variables: { first: 20 } });
  const cards = data?.organizations?.nodes?.map((node) => useFragment(CARD, node)) ?? [];
  return cards.map((card) => card.name);
}

export async function billingEmails(): Promise<string[]> {
  const { data } = await client.query({ query: ORGANIZATIONS, variables: { first: 20, after: null } });
  return (data?.organizations?.nodes ?? []).flatMap((node) => {
    const card = useFragment(CARD, node);
    // @ts-expect-error A guarded field may be null.
    const email: string = card.billingEmail;
    return email;
  });
}

export async function mistakes() {
  // @ts-expect-error A required variable is missing.
  await client.query({ query: ORGANIZATIONS, variables: {} });
  // @ts-expect-error It is a number.
  await client.query({ query: ORGANIZATIONS, variables: { first: "20" } });
  // @ts-expect-error The input needs a name.
  await client.mutate({ mutation: CREATE, variables: { input: {} } });
  const { data } = await client.query({ query: VIEWER });
  // @ts-expect-error Nobody may have signed in.
  data?.viewer.user;
  // @ts-expect-error Nobody selected it.
  return data?.viewer?.user?.email;
}

export async function create(name: string) {
  const { data } = await client.mutate({ mutation: CREATE, variables: { input: { name } } });
  const payload = data?.createOrganization;
  const complaints = payload?.userErrors.map((error) => `${error.field?.join(".") ?? ""} ${error.code}: ${error.message}`);
  return { id: payload?.organization?.id, complaints };
}
