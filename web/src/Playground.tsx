// GraphiQL with the identity picker in its header and the cost of the answer in its footer.
import { useMemo, useState } from "react";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { EXAMPLES } from "./examples";
import { fetcherWith } from "./fetcher";
import { rememberedKey, rememberKey, type Identity } from "./identities";
import { IdentityPicker } from "./IdentityPicker";
import { SqlCost } from "./SqlCost";

// GraphiQL compares these by reference, so they are made once.
const PLUGINS = [explorerPlugin(), HISTORY_PLUGIN];
const TABS = EXAMPLES.map((query) => ({ query }));

export function Playground({ identities }: { identities: Identity[] }) {
  const [key, setKey] = useState(() => rememberedKey(identities));
  const token = identities.find((identity) => identity.key === key)?.token;
  // A new fetcher makes GraphiQL read the schema again, as the new identity.
  const fetcher = useMemo(() => fetcherWith(token), [token]);

  function choose(chosen: string) {
    rememberKey(chosen);
    setKey(chosen);
  }

  return (
    <GraphiQL fetcher={fetcher} plugins={PLUGINS} defaultTabs={TABS}>
      <GraphiQL.Logo>
        <div className="tenantry-header">
          {identities.length > 0 && (
            <IdentityPicker identities={identities} chosen={key} onChoose={choose} />
          )}
          <h1>Tenantry</h1>
        </div>
      </GraphiQL.Logo>
      <GraphiQL.Footer>
        <SqlCost />
      </GraphiQL.Footer>
    </GraphiQL>
  );
}
