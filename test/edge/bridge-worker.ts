import { MongoObject } from "../../src/adapters/durable/objects/mongo-object.ts";
import type { ObjectNamespace } from "../../src/adapters/durable/platform.ts";
import { connectMongo, type MongoStore } from "../../src/adapters/mongo/connect.ts";

/** What a test on Node asks: a method of the object of this name. */
export interface BridgeRequest {
  readonly object: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

export interface BridgeAnswer {
  readonly outcome: unknown;
  /** Commands that the object has sent so far. */
  readonly commands: number;
}

interface Env {
  readonly DIRECTORY: ObjectNamespace<Bridged>;
}

type Bridged = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>> & {
  aim(url: string): Promise<void>;
  end(): Promise<void>;
  commands(): Promise<number>;
};

/** The Directory object, on whichever database its test has, with its commands counted. */
export class BridgedObject extends MongoObject<Env> {
  #url = "";
  #store: MongoStore | null = null;
  #commands = 0;
  /** Clients that were made, and of them those that were closed. */
  #clients = { made: 0, closed: 0 };

  protected override connect(): MongoStore {
    const log = { write: () => undefined };
    const store = connectMongo({ url: this.#url, sockets: "few", log, monitorCommands: true });
    store.client.on("commandStarted", () => {
      this.#commands++;
    });
    store.client.on("topologyClosed", () => {
      this.#clients.closed++;
    });
    this.#clients.made++;
    this.#store = store;
    return store;
  }

  aim(url: string): void {
    this.#url = url;
  }

  /** Lets go of its client so soon after the last question, from the next client on. */
  rest(ms: number): void {
    this.idleMs = ms;
  }

  clients(): { readonly made: number; readonly closed: number } {
    return this.#clients;
  }

  commands(): number {
    return this.#commands;
  }

  /** Closes the client under the object, which is not told. */
  async end(): Promise<void> {
    if (this.#store === null) void this.ask("check");
    await this.#store?.close();
  }
}

export default {
  async fetch(request: Request, { DIRECTORY }: Env): Promise<Response> {
    const { args, method, object } = (await request.json()) as BridgeRequest;
    const stub = DIRECTORY.get(DIRECTORY.idFromName(object));
    const [url = ""] = object.split("#");
    await stub.aim(url);
    const outcome = (await stub[method]?.(...args)) ?? null;
    return Response.json({ outcome, commands: await stub.commands() } satisfies BridgeAnswer);
  },
};
