import { toBase64url } from "../../core/bytes.ts";
import type { DocumentKey } from "../../core/ids.ts";
import type { StoredDocument } from "../../core/linking/documents.ts";
import { type Checked, finding, good, unknown } from "./finding.ts";
import type { DoctorPlace } from "./place.ts";

const CHECK = "stores";
const RECORD_MS = 60_000;

/** No document has this `_id`: a write to it needs the rights of a write, and changes nothing. */
const NO_DOCUMENT: StoredDocument = {
  key: JSON.stringify({ $oid: "0".repeat(24) }) as DocumentKey,
  objectId: "0".repeat(24),
  fields: { id: "doorstep-doctor" },
  idShared: false,
};
const NO_CHANGE = { set: { updated_at: "" } };

/** The legacy collections answer, and accept the gateway's writes. */
export async function checkCollections({
  gateway: { directory },
  settings: { store },
}: DoctorPlace): Promise<readonly Checked[]> {
  await directory.check();
  await directory.changeUser(NO_DOCUMENT, [], NO_CHANGE);
  await directory.changeCustomer(NO_DOCUMENT, [], NO_CHANGE);
  const where = store.mongoUrl === null ? "SQLite" : "MongoDB";
  return [good(CHECK, `users and customers_v2 in ${where}: reachable, writable`)];
}

/** Codes and sessions: a record is written, read back and removed. */
export async function checkState({
  gateway: { runtime, state },
  settings: { environment, store },
}: DoctorPlace): Promise<readonly Checked[]> {
  const where = store.redisUrl === null ? "SQLite" : "Redis";
  const key = `doctor/${toBase64url(runtime.randomBytes(9))}`;
  const expiresAt = runtime.now() + RECORD_MS;
  const version = await state.write(key, "", { expect: null, expiresAt });
  const read = await state.read(key);
  if (version !== null) await state.remove(key, { expect: version });
  if (version === null || read?.version !== version) {
    return [
      finding(CHECK, {
        what: `a record written to ${where} was not read back`,
        why: "A used code could be used again.",
        mend: "Let every node use one and the same primary of the store.",
      }),
    ];
  }
  const lasting = store.redisUrl === null ? ", durable" : "";
  const written = good(CHECK, `codes and sessions in ${where}: reachable, writable${lasting}`);
  const single = environment === "production" && store.redisUrl === null;
  return single ? [written, unknown(CHECK, "only one machine can use SQLite")] : [written];
}

/** Redis keeps a used code used through a crash. */
export async function checkRedis(redisUrl: string, log: DoctorPlace["gateway"]["log"]) {
  const { awaitRedis, connectRedis, redisAttempt } = await import(
    "../../adapters/redis/connect.ts"
  );
  const { durabilityFindings } = await import("../../adapters/redis/durability.ts");
  const redis = connectRedis({ url: redisUrl, log });
  try {
    await awaitRedis(redis);
    const faults = await durabilityFindings(redis);
    const [seconds = 0, micros = 0] = await redisAttempt("time", () => redis.time());
    return {
      time: seconds * 1000 + micros / 1000,
      lines: faults.length === 0 ? [good(CHECK, "Redis: durable")] : faults.map(durability),
    };
  } finally {
    redis.disconnect();
  }
}

function durability({
  because,
  found,
  name,
  wanted,
}: {
  readonly because: string;
  readonly found: string | null;
  readonly name: string;
  readonly wanted: string;
}): Checked {
  if (found === null) {
    const ask = `Ask the Redis operator whether ${name} is ${wanted}: else ${because}.`;
    return unknown(CHECK, `Redis does not tell its ${name}`, ask);
  }
  return finding(CHECK, {
    what: `Redis has ${name} ${found}, not ${wanted}`,
    why: `Otherwise ${because}.`,
    mend: `redis-cli CONFIG SET ${name} ${wanted} && redis-cli CONFIG REWRITE`,
  });
}
