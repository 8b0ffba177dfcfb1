// The demo identities of the server, and the one this browser chose last.

export type Identity = {
  key: string;
  label: string;
  description: string;
  token: string;
};

/** The choice that sends no token; no identity has an empty key. */
export const SIGNED_OUT = "";

const DEFAULT_KEY = "owner";
// The key is remembered and never the token: tokens change with each start of the server.
const STORAGE_KEY = "tenantry:identity";

/** Outside of development there are none, and the header editor is the way to sign in. */
export async function loadIdentities(): Promise<Identity[]> {
  try {
    const response = await fetch("/playground/identities", {
      headers: { Accept: "application/json" },
    });
    return response.ok ? ((await response.json()) as Identity[]) : [];
  } catch {
    return [];
  }
}

export function rememberedKey(identities: Identity[]): string {
  const remembered = localStorage.getItem(STORAGE_KEY);
  const known = (key: string) => identities.some((identity) => identity.key === key);
  if (remembered === SIGNED_OUT || (remembered !== null && known(remembered))) return remembered;
  return known(DEFAULT_KEY) ? DEFAULT_KEY : (identities[0]?.key ?? SIGNED_OUT);
}

export function rememberKey(key: string): void {
  localStorage.setItem(STORAGE_KEY, key);
}
