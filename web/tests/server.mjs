// `tenantry dev` on a free port, with a data folder of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BINARY =
  process.env.TENANTRY_BIN || fileURLToPath(new URL("../../target/debug/tenantry", import.meta.url));
// A first start makes a database and fills it, on a slow disk too.
const START_MS = 120_000;
const STOP_MS = 30_000;

export async function startServer() {
  const folder = await mkdtemp(join(tmpdir(), "tenantry-playground-"));
  // As root the server runs Postgres as another user, who has to get this far.
  await chmod(folder, 0o755);
  const server = spawn(BINARY, ["dev"], {
    env: { ...process.env, TENANTRY_DATA_DIR: folder, TENANTRY_LISTEN: "127.0.0.1:0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(server, "exit");

  async function stop() {
    server.kill("SIGTERM");
    const [status, signal] = await within(STOP_MS, "the server did not stop", exited);
    return status ?? signal;
  }

  // Postgres has its own process group, so the server must have its chance to stop it.
  async function kill() {
    if (server.exitCode === null && server.signalCode === null) {
      await stop().catch(() => server.kill("SIGKILL"));
    }
    await rm(folder, { recursive: true, force: true });
  }

  try {
    return { url: await within(START_MS, "the server did not start", address(server)), stop, kill };
  } catch (error) {
    if (server.pid) await kill();
    throw error;
  }
}

/** The address that the server prints, or an error with all that it said instead. */
function address(server) {
  return new Promise((resolve, reject) => {
    const said = [];
    for (const stream of [server.stdout, server.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(line)?.[0];
        if (url && stream === server.stdout) resolve(url);
      });
    }
    server.once("error", reject);
    server.once("close", (status) => {
      reject(new Error([`${BINARY} dev ended with ${status}`, ...said].join("\n")));
    });
  });
}

async function within(ms, complaint, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${complaint} within ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
