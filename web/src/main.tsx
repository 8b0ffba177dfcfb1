// The page: asks who one may act as, then shows the playground.
import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./playground.css";

import { createRoot } from "react-dom/client";
import { loadIdentities } from "./identities";
import { Playground } from "./Playground";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

// Waiting here spares a first introspection without a token, and the jump when the picker appears.
createRoot(root).render(<Playground identities={await loadIdentities()} />);
