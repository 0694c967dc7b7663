import { connectMongo } from "../src/adapters/mongo/connect.ts";
import { mongoDirectory } from "../src/adapters/mongo/directory.ts";
import { auditDirectory } from "../src/flows/operator/audit/audit-directory.ts";
import { linkAll } from "../src/flows/operator/linking/link-all.ts";
import { surveyDirectory } from "../src/flows/operator/reading/survey-directory.ts";
import { hashNow } from "../src/runtimes/node/hash-now.ts";
import { loaded } from "../test/support/gateway/load-settings.ts";
import { mongoData } from "../test/support/stores/mongo-data.ts";
import { findMongo } from "../test/support/stores/mongo-server.ts";
import { type ScaleSize, scaleDocuments } from "./scale-documents.ts";

/** Commands, and documents in their answers, of an audit and of a link: they are what costs there. */
export async function countOnMongo(size: ScaleSize): Promise<string> {
  const found = findMongo();
  if ("reason" in found) return `MongoDB   left out: ${found.reason}`;
  const server = await found.start();
  const data = mongoData(server.url);
  const log = { write: () => undefined };
  const options = { url: server.url, log, monitorCommands: true, operationMs: 600_000 };
  const store = connectMongo(options);
  try {
    const all = [...scaleDocuments(size)];
    for (const collection of ["users", "customers_v2"] as const) {
      const documents = all.filter((one) => one.collection === collection);
      await data.put(
        collection,
        documents.map(({ document }) => document),
      );
    }
    const counts = { commands: 0, documents: 0 };
    store.client.on("commandSucceeded", ({ reply }) => {
      counts.commands++;
      const batch = (reply as { readonly cursor?: Record<string, unknown[]> }).cursor;
      counts.documents += (batch?.["firstBatch"] ?? batch?.["nextBatch"] ?? []).length;
    });
    const ports = portsOf(mongoDirectory(store, { now: Date.now }));
    const take = () => {
      const { commands, documents } = counts;
      Object.assign(counts, { commands: 0, documents: 0 });
      const records = size.customers + size.users;
      return `${commands} commands, ${(documents / records).toFixed(2)} documents a record`;
    };
    await auditDirectory(ports, await surveyDirectory(ports), {
      isPublished: null,
      onProgress: () => undefined,
      onRow: () => undefined,
    });
    const audit = take();
    const { byId, byPhone, marked } = await linkAll(
      { ...ports, audit: { record: () => undefined } },
      {
        apply: true,
        byPhone: true,
        onPlan: () => undefined,
        onProgress: () => undefined,
      },
    );
    const links = byId + byPhone + marked;
    const head = `MongoDB   ${size.customers} customers, ${size.users} users (${server.kind})`;
    return [head, `audit     ${audit}`, `link      ${take()}, ${links} links`].join("\n");
  } finally {
    await store.close();
    await data.close();
    await server.stop();
  }
}

function portsOf(directory: ReturnType<typeof mongoDirectory>) {
  const { rules } = loaded({}).settings;
  const runtime = {
    hashNow,
    outlivesClients: true,
    now: Date.now,
    randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
    digest: () => "",
    sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
    defer: () => undefined,
  };
  return { directory, rules, runtime };
}
