import type { RecordsAnswer, RecordsCall } from "../../flows/operator/answer-records.ts";
import { MOST_CALLS, RECORDS } from "../../http/routes/admin/records-operation.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { RunHeader } from "../../ports/run-journal.ts";
import { type AskFailure, askGateway, NOT_UNDERSTOOD, type RemoteGateway } from "./ask-gateway.ts";

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
/** A gateway that restarts, or the store behind it, is back within a minute. */
const RESTART_WAITS_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
/** Of the calls of a request: a gateway takes two megabytes. */
const MOST_BYTES = 1536 * 1024;

export interface RemoteOptions {
  sleep(ms: number): Promise<void>;
  /** Told before each wait. @param why `limit`: the gateway asks to; `away`: it does not answer */
  onWait(ms: number, why: "limit" | "away"): void;
}

/** Calls that are made at once share a request; requests follow one another. */
export function remoteRecords(gateway: RemoteGateway, options: RemoteOptions): RemoteRecords {
  let waiting: Waiting[] = [];
  let sending: Promise<void> = Promise.resolve();
  let isReached = false;
  const flush = async () => {
    while (waiting.length > 0) {
      const together = fitting(waiting);
      waiting = waiting.filter((one) => !together.includes(one));
      // A gateway that has never answered is a wrong URL, and no one waits for it.
      isReached = (await send(gateway, together, options, isReached)) || isReached;
    }
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

/** The first call, and those of the same run that fit into its request. */
function fitting(waiting: readonly Waiting[]): readonly Waiting[] {
  const together: Waiting[] = [];
  let bytes = 0;
  for (const one of waiting.filter(({ run }) => run === waiting[0]?.run).slice(0, MOST_CALLS)) {
    bytes += Buffer.byteLength(JSON.stringify(one.call));
    if (bytes > MOST_BYTES && together.length > 0) break;
    together.push(one);
  }
  return together;
}

/** All calls that are ready now come into one request. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Never rejects: each caller gets its own answer. @returns whether the gateway answered */
async function send(
  gateway: RemoteGateway,
  together: readonly Waiting[],
  options: RemoteOptions,
  isReached: boolean,
): Promise<boolean> {
  try {
    const answers = await answersOf(gateway, together, options, isReached);
    for (const [at, { reject, resolve }] of together.entries()) {
      const answer = answers[at];
      if (answer === undefined) reject(unavailable(NOT_UNDERSTOOD));
      else resolve(answer);
    }
    return true;
  } catch (error) {
    for (const { reject } of together) reject(error);
    return false;
  }
}

const unavailable = (because: string) =>
  new AdapterError("gateway", because, "unavailable", { cause: undefined });

async function answersOf(
  gateway: RemoteGateway,
  together: readonly Waiting[],
  { onWait, sleep }: RemoteOptions,
  isReached: boolean,
): Promise<readonly RecordsAnswer[]> {
  const run = together[0]?.run ?? null;
  const asked = {
    calls: together.map(({ call }) => call),
    ...(run === null ? {} : { run: named(run) }),
  };
  const isRepeatable = together.every(({ call: { call } }) => !WRITES.includes(call));
  for (let [limits, restarts] = [0, 0]; ; ) {
    const done = await askGateway(RECORDS, asked, gateway);
    if (done.ok) return (done.value as { readonly answers: readonly RecordsAnswer[] }).answers;
    const { failure } = done;
    if (isReached && isAway(failure, isRepeatable) && restarts < RESTART_WAITS_MS.length) {
      const waitMs = RESTART_WAITS_MS[restarts++] ?? 0;
      onWait(waitMs, "away");
      await sleep(waitMs);
      continue;
    }
    if (failure.kind === "unreachable") throw unavailable(failure.because);
    const { code, retryAfterMs } = failure;
    if (code !== "rate-limited" || retryAfterMs === null || limits++ >= MOST_WAITS) {
      throw new RefusedByGateway(code);
    }
    const waitMs = Math.max(SHORTEST_WAIT_MS, retryAfterMs);
    onWait(waitMs, "limit");
    await sleep(waitMs);
  }
}

/** Sessions may end twice, and a line of the audit may come twice; documents are written once. */
const WRITES: readonly string[] = ["change", "insert", "remove"];

/**
 * Whether to ask again in a moment. A write may have been done without an answer, and its repetition
 * would find the document changed: it is asked for again only where no gateway took it.
 */
function isAway(failure: AskFailure, isRepeatable: boolean): boolean {
  if (failure.kind === "unreachable") {
    return isRepeatable ? failure.because !== NOT_UNDERSTOOD : !failure.isSent;
  }
  return isRepeatable && failure.code === "store-unavailable";
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
