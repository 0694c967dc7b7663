import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MongoClient } from "mongodb";
import { freePort } from "./redis-server.ts";

/** A server for one test file, with a database of its own on it. */
export interface MongoServer {
  /** `jongodb` scans whatever the index, explains nothing and keeps nothing when it stops. */
  readonly kind: "given" | "mongod" | "memory-server" | "jongodb";
  /** With the database in its path; a server made here is named by host and port alone. */
  readonly url: string;
  /** The URL up to its path. */
  readonly address: string;
  /** Ends the server, or drops the database of one that was given. */
  stop(): Promise<void>;
}

interface Server {
  /** Up to the path. */
  readonly address: string;
  readonly query?: string;
  stop(): Promise<void>;
}

/**
 * The first MongoDB server that can be had here: MONGODB_URL, a `mongod` on the PATH,
 * mongodb-memory-server where it is installed, the jongodb binary.
 */
export function findMongo():
  | { readonly start: () => Promise<MongoServer> }
  | { readonly reason: string } {
  const given = process.env["MONGODB_URL"];
  if (given !== undefined && given !== "")
    return { start: () => begin("given", givenServer(given)) };
  if (runs("mongod", ["--version"])) return { start: () => begin("mongod", startMongod()) };
  const memory = resolved("mongodb-memory-server");
  if (memory !== null) {
    return { start: () => begin("memory-server", startMemoryServer(memory)) };
  }
  const jongodb = resolved("@jongodb/memory-server-bin-linux-x64-gnu/package.json");
  if (jongodb !== null && process.platform === "linux" && process.arch === "x64") {
    const binary = join(dirname(jongodb), "bin", "jongodb");
    return { start: () => begin("jongodb", startJongodb(binary)) };
  }
  return { reason: "no MongoDB server: set MONGODB_URL or put mongod on the PATH" };
}

/** The same URL with another database, for a test that needs it empty. */
export function withDatabase(url: string, database: string): string {
  return url.replace(/^([^/]+\/\/[^/?]+)\/[^?]*/, `$1/${database}`);
}

export const randomDatabase = (): string => `doorstep_test_${crypto.randomUUID().slice(0, 13)}`;

/** Every server made here stands alone, so that a test can put a relay in front of it. */
async function begin(kind: MongoServer["kind"], starting: Promise<Server>): Promise<MongoServer> {
  const { address, query = "directConnection=true", stop } = await starting;
  const url = `${address}/${randomDatabase()}${query === "" ? "" : `?${query}`}`;
  return {
    kind,
    url,
    address,
    async stop() {
      if (kind === "given") await dropDatabase(url);
      await stop();
    },
  };
}

async function givenServer(url: string): Promise<Server> {
  const [, address = "", query = ""] = /^([^/]+\/\/[^/?]+)(?:\/[^?]*)?(?:\?(.*))?$/.exec(url) ?? [];
  return { address, query, stop: async () => undefined };
}

async function startMongod(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-mongo-"));
  const port = await freePort();
  const args = ["--bind_ip", "127.0.0.1", "--port", `${port}`, "--dbpath", folder];
  const child = spawned("mongod", args);
  const address = `mongodb://127.0.0.1:${port}`;
  await answering(address, child);
  return {
    address,
    async stop() {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startJongodb(binary: string): Promise<Server> {
  const port = await freePort();
  const child = spawned(binary, ["--host=127.0.0.1", `--port=${port}`]);
  const address = `mongodb://127.0.0.1:${port}`;
  await answering(address, child);
  return { address, stop: () => end(child) };
}

/** Not a dependency: its types are not here either. */
interface MemoryServerModule {
  readonly MongoMemoryServer: {
    create(): Promise<{ getUri(): string; stop(): Promise<unknown> }>;
  };
}

async function startMemoryServer(path: string): Promise<Server> {
  const { MongoMemoryServer } = createRequire(import.meta.url)(path) as MemoryServerModule;
  const server = await MongoMemoryServer.create();
  const address = server.getUri().replace(/\/?(\?.*)?$/, "");
  return { address, stop: async () => void (await server.stop()) };
}

/** A test run that ends early takes its servers with it. */
function spawned(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: "ignore" });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("exit", () => process.off("exit", kill));
  return child;
}

async function answering(address: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 100 && child.exitCode === null; attempt++) {
    const client = new MongoClient(address, {
      directConnection: true,
      serverSelectionTimeoutMS: 500,
    });
    const up = await client
      .db("admin")
      .command({ ping: 1 })
      .then(
        () => true,
        () => false,
      );
    await client.close();
    if (up) return;
    await sleep(50);
  }
  await end(child);
  throw new Error("the MongoDB server did not start");
}

async function dropDatabase(url: string): Promise<void> {
  const client = new MongoClient(url);
  await client.db().dropDatabase();
  await client.close();
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

function runs(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function resolved(name: string): string | null {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return null;
  }
}
