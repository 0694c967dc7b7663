import type { RecordsAnswer, RecordsCall } from "../../flows/operator/answer-records.ts";
import { MOST_CALLS, RECORDS } from "../../http/routes/admin/records-operation.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { RunHeader } from "../../ports/run-journal.ts";
import { askGateway, type RemoteGateway } from "./ask-gateway.ts";

/** The gateway refused: `code` is a problem of its API, or `forbidden` for a write of no command. */
export class RefusedByGateway extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`the gateway refused: ${code}`);
    this.name = "RefusedByGateway";
    this.code = code;
  }
}

/** Calls of a gateway's records. */
export interface RemoteRecords {
  /** @param run the run that writes; null: only reads */
  ask(call: RecordsCall, run: RunHeader | null): Promise<RecordsAnswer>;
  /** Waits for the calls that no one waits for. */
  drain(): Promise<void>;
}

interface Waiting {
  readonly call: RecordsCall;
  readonly run: RunHeader | null;
  readonly resolve: (answer: RecordsAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Requests that wait for the gateway's limit, before the command gives up. */
const MOST_WAITS = 60;
const SHORTEST_WAIT_MS = 1_000;

export interface RemoteOptions {
  sleep(ms: number): Promise<void>;
  /** Told where the gateway asks to wait. */
  onWait(ms: number): void;
}

/** Calls that are made at once share a request; requests follow one another. */
export function remoteRecords(gateway: RemoteGateway, options: RemoteOptions): RemoteRecords {
  let waiting: Waiting[] = [];
  let sending: Promise<void> = Promise.resolve();
  const flush = async () => {
    const [first] = waiting;
    if (first === undefined) return;
    const together = waiting.filter(({ run }) => run === first.run).slice(0, MOST_CALLS);
    waiting = waiting.filter((one) => !together.includes(one));
    await send(gateway, together, options);
    await flush();
  };
  return {
    ask: (call, run) =>
      new Promise((resolve, reject) => {
        waiting.push({ call, run, resolve, reject });
        if (waiting.length === 1) sending = sending.then(nextTurn).then(flush);
      }),
    drain: () => sending,
  };
}

/** All calls that are ready now come into one request. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Never rejects: each caller gets its own answer. */
async function send(
  gateway: RemoteGateway,
  together: readonly Waiting[],
  options: RemoteOptions,
): Promise<void> {
  try {
    const answers = await answersOf(gateway, together, options);
    for (const [at, { resolve }] of together.entries()) resolve(answers[at] ?? {});
  } catch (error) {
    for (const { reject } of together) reject(error);
  }
}

async function answersOf(
  gateway: RemoteGateway,
  together: readonly Waiting[],
  { onWait, sleep }: RemoteOptions,
): Promise<readonly RecordsAnswer[]> {
  const run = together[0]?.run ?? null;
  const asked = {
    calls: together.map(({ call }) => call),
    ...(run === null ? {} : { run: named(run) }),
  };
  for (let waits = 0; ; waits++) {
    const done = await askGateway(RECORDS, asked, gateway);
    if (done.ok) return (done.value as { readonly answers: readonly RecordsAnswer[] }).answers;
    const { failure } = done;
    if (failure.kind === "unreachable") {
      throw new AdapterError("gateway", failure.because, "unavailable", { cause: undefined });
    }
    const { code, retryAfterMs } = failure;
    if (code !== "rate-limited" || retryAfterMs === null || waits >= MOST_WAITS) {
      throw new RefusedByGateway(code);
    }
    const waitMs = Math.max(SHORTEST_WAIT_MS, retryAfterMs);
    onWait(waitMs);
    await sleep(waitMs);
  }
}

const named = ({ by, id, reason }: RunHeader) => ({
  id,
  operator: loggedName(by),
  ...(reason === null ? {} : { reason }),
});

/** The operator's name as the gateway takes it for its log: without an e-mail and a long number. */
export const loggedName = (by: string): string =>
  by
    .replaceAll("@", " at ")
    .replace(/\d{10,}/g, "…")
    .slice(0, 200);
