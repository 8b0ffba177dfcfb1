// The line below the answer that says how many SQL statements it took.
import { useMemo } from "react";
import { useGraphiQL } from "@graphiql/react";

type Sql = { statements?: unknown; ms?: unknown };

export function SqlCost() {
  // Read from the answer on show, so that the line is right after a change of tab too.
  const response = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.response);
  const cost = useMemo(() => describe(sqlOf(response)), [response]);
  return (
    <div className="tenantry-cost" role="status" aria-label="Cost of the answer">
      {cost}
    </div>
  );
}

function sqlOf(response: string | null | undefined): Sql | undefined {
  try {
    return JSON.parse(response || "{}").extensions?.sql;
  } catch {
    // An error of the network is shown as plain text.
    return undefined;
  }
}

function describe({ statements, ms }: Sql = {}): string {
  // Only development reports a cost, and another server may report a different thing.
  if (typeof statements !== "number" || typeof ms !== "number") return "";
  const noun = statements === 1 ? "SQL statement" : "SQL statements";
  return `${statements} ${noun} · ${ms.toFixed(1)} ms`;
}
