import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { BSON, type Document } from "mongodb";

/** What the stand-in does with a command: answers it, cuts the connection, or says nothing. */
export type StandInAnswer = Document | "cut" | "silence";

/** A server that says what a test tells it to, for answers that no real one gives on demand. */
export interface MongoStandIn {
  readonly url: string;
  /** The commands that came, in order, without those of the driver's own housekeeping. */
  readonly commands: readonly Document[];
  /** Answers to the commands to come, one each; `{ ok: 1 }` and an empty cursor after them. */
  script(...answers: readonly StandInAnswer[]): void;
  close(): Promise<void>;
}

/** What the server calls itself in its `hello`. */
export type StandInKind = "standalone" | "replica-set" | "secondary" | "mongos" | "mongodb-4.4";

const HOUSEKEEPING: ReadonlySet<string> = new Set(["hello", "ismaster", "endSessions"]);
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HEADER = 16;

export async function mongoStandIn(kind: StandInKind, query = ""): Promise<MongoStandIn> {
  const commands: Document[] = [];
  const answers: StandInAnswer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    let pending = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= HEADER && pending.length >= pending.readInt32LE(0)) {
        const length = pending.readInt32LE(0);
        serve(socket, pending.subarray(0, length));
        pending = pending.subarray(length);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const host = `127.0.0.1:${address.port}`;

  const serve = (socket: Socket, message: Buffer) => {
    const command = commandOf(message);
    const name = Object.keys(command)[0] ?? "";
    if (HOUSEKEEPING.has(name)) {
      socket.write(replyTo(message, helloOf(kind, host)));
      return;
    }
    commands.push(command);
    const answer = answers.shift() ?? ordinaryAnswer(name);
    if (answer === "cut") socket.resetAndDestroy();
    else if (answer !== "silence") socket.write(replyTo(message, answer));
  };
  return {
    url: `mongodb://${host}/earlybird${query}`,
    commands,
    script: (...more) => void answers.push(...more),
    async close() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

function helloOf(kind: StandInKind, host: string): Document {
  const common = {
    ok: 1,
    helloOk: true,
    isWritablePrimary: true,
    minWireVersion: 0,
    maxWireVersion: kind === "mongodb-4.4" ? 9 : 25,
    maxBsonObjectSize: 16_777_216,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    logicalSessionTimeoutMinutes: 30,
  };
  if (kind === "secondary") {
    const hosts = [host, "127.0.0.1:1"];
    return {
      ...common,
      isWritablePrimary: false,
      secondary: true,
      setName: "rs0",
      hosts,
      me: host,
    };
  }
  if (kind === "replica-set") {
    return { ...common, setName: "rs0", hosts: [host], me: host, primary: host };
  }
  return kind === "mongos" ? { ...common, msg: "isdbgrid" } : common;
}

function ordinaryAnswer(name: string): Document {
  const cursor = { id: BSON.Long.ZERO, ns: "earlybird.any", firstBatch: [] };
  return ["find", "aggregate"].includes(name) ? { ok: 1, cursor } : { ok: 1, n: 1, nModified: 1 };
}

/** OP_QUERY (the first hello) or OP_MSG; document sequences are put where a body would have them. */
function commandOf(message: Buffer): Document {
  if (message.readInt32LE(12) === OP_QUERY) {
    const start = message.indexOf(0, HEADER + 4) + 1 + 8;
    return BSON.deserialize(message.subarray(start));
  }
  const command: Document = {};
  for (let at = HEADER + 4; at < message.length; ) {
    const sequence = message.readUInt8(at) === 1;
    const size = message.readInt32LE(at + 1);
    const section = message.subarray(at + 1, at + 1 + size);
    if (sequence) Object.assign(command, sequenceOf(section));
    else Object.assign(command, BSON.deserialize(section));
    at += 1 + size;
  }
  return command;
}

function sequenceOf(section: Buffer): Document {
  const end = section.indexOf(0, 4);
  const documents: Document[] = [];
  for (let at = end + 1; at < section.length; at += section.readInt32LE(at)) {
    documents.push(BSON.deserialize(section.subarray(at, at + section.readInt32LE(at))));
  }
  return { [section.toString("utf8", 4, end)]: documents };
}

function replyTo(message: Buffer, document: Document): Buffer {
  const body = Buffer.from(BSON.serialize(document));
  const isQuery = message.readInt32LE(12) === OP_QUERY;
  const front = Buffer.alloc(HEADER + (isQuery ? 20 : 5));
  front.writeInt32LE(front.length + body.length, 0);
  front.writeInt32LE(message.readInt32LE(4), 8);
  front.writeInt32LE(isQuery ? OP_REPLY : OP_MSG, 12);
  if (isQuery) front.writeInt32LE(1, HEADER + 16);
  return Buffer.concat([front, body]);
}
