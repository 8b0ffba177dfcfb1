// All clients, one after the other, before one gateway.
import "./audits.mjs";
import "./apollo.mjs";
import "./urql.mjs";
import "./relay.mjs";
import "./federation.mjs";
import "./persisted.mjs";
import "./live.mjs";
