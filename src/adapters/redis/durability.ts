import type { Redis } from "ioredis";
import { redisAttempt } from "./connect.ts";

/** Production's requirements on Redis: a used code must stay used through a crash. */
const WANTED = [
  { name: "appendonly", value: "yes", because: "a restart would forget used codes and budgets" },
  { name: "appendfsync", value: "always", because: "a crash would forget the last second's codes" },
  {
    name: "maxmemory-policy",
    value: "noeviction",
    because: "a full memory would drop locks and sessions",
  },
] as const;

export interface DurabilityFinding {
  readonly name: string;
  readonly wanted: string;
  /** Null where the server does not answer (managed services often refuse CONFIG). */
  readonly found: string | null;
  readonly because: string;
}

/** The server's settings that would lose data, for the start's log and `doorstep doctor`. */
export async function durabilityFindings(redis: Redis): Promise<DurabilityFinding[]> {
  const found = await redisAttempt("config", async () => {
    const answers = await Promise.all(WANTED.map(({ name }) => readSetting(redis, name)));
    return new Map(answers);
  });
  return WANTED.filter(({ name, value }) => found.get(name) !== value).map(
    ({ because, name, value }) => ({
      name,
      wanted: value,
      found: found.get(name) ?? null,
      because,
    }),
  );
}

async function readSetting(redis: Redis, name: string): Promise<[string, string | null]> {
  try {
    const answer = (await redis.config("GET", name)) as string[];
    return [name, answer[1] ?? null];
  } catch (error) {
    if (error instanceof Error && error.name === "ReplyError") return [name, null];
    throw error;
  }
}
