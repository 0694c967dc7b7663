import type * as z from "zod/mini";
import type { EnvironmentRecord } from "../../config/load-settings.ts";
import type { AdminOperation } from "../../http/routes/admin/admin-operations.ts";
import type { CommandOutput } from "../command-line.ts";
import { readAdminToken } from "./admin-token.ts";
import { askGateway, type RemoteGateway, readGatewayUrl } from "./ask-gateway.ts";
import { withGateway } from "./command-gateway.ts";

/** The options of an operator's command, and its answer. */
export interface Operating {
  readonly env: EnvironmentRecord;
  readonly io: CommandOutput;
  /** `--gateway`: a running gateway answers; otherwise the stores of the settings do. */
  readonly gateway?: string;
  /** `--json`: the answer as JSON, in place of the screen. */
  readonly json?: boolean;
}

/** The screen of an answer, and its exit code. */
export interface Shown {
  readonly screen: string;
  /** 0 clean, 1 findings. */
  readonly code: 0 | 1;
  /** A hint for the person at the terminal; with a newline at its end. */
  readonly hint?: string;
}

/** A person who waits at a terminal wants the whole collection to be searched. */
const SEARCH_MS = 60_000;

/** In place of a problem's own meaning, which is written for callers of the API. */
const REFUSALS: Readonly<Record<string, readonly [code: number, sentence: string]>> = {
  "phone-unsupported": [2, "That is not a mobile number of ALLOWED_COUNTRIES."],
  "token-missing": [
    2,
    "The gateway received no ADMIN_TOKEN: a proxy on the way removed the Authorization header.",
  ],
  "token-invalid": [2, "The gateway refused this ADMIN_TOKEN: it runs with another one."],
  "not-found": [2, "The gateway has no /auth/admin: it runs without ADMIN_TOKEN."],
  forbidden: [2, "The gateway makes this write for no command."],
  "rate-limited": [
    3,
    "Concurrent requests changed the same record, or this address sent too many requests. Try again later.",
  ],
  "store-unavailable": [3, "A store of the gateway is down or slow. Try again in a moment."],
};

/**
 * Runs an operation in this process or on a running gateway, and shows its answer: screen and JSON
 * come from the same value either way.
 *
 * @returns the exit code: that of `show`, or 2 usage, 3 unreachable
 */
export async function operate<Asked extends z.ZodMiniType, Answer extends z.ZodMiniType>(
  operation: AdminOperation<Asked, Answer>,
  asked: z.output<Asked>,
  { env, gateway: url, io, json = false }: Operating,
  show: (answer: z.output<Answer>) => Shown,
): Promise<number> {
  const present = (answer: z.output<Answer>): number => {
    const { code, hint, screen } = show(answer);
    io.out(json ? `${JSON.stringify(answer, null, 2)}\n` : screen);
    if (hint !== undefined) io.err(hint);
    return code;
  };
  if (url === undefined) {
    return withGateway(env, io, async (gateway) => {
      const done = await operation.run(gateway, asked, SEARCH_MS);
      return done.ok ? present(done.value) : refusal(io, done.failure.reason);
    });
  }
  const remote = readRemote(url, env, io);
  if (remote === null) return 2;
  const done = await askGateway(operation, asked, remote);
  // `askGateway` has checked it against the operation's own schema.
  if (done.ok) return present(done.value as z.output<Answer>);
  if (done.failure.kind === "refused") return refusal(io, done.failure.code);
  io.err(`The gateway at ${remote.origin} ${done.failure.because}.\n`);
  return 3;
}

export function readRemote(
  url: string,
  env: EnvironmentRecord,
  io: CommandOutput,
): RemoteGateway | null {
  const origin = readGatewayUrl(url);
  const token = readAdminToken(env);
  if (!origin.ok) io.err(`--gateway ${origin.failure}\n`);
  if (!token.ok) io.err(`ADMIN_TOKEN ${token.failure}\n`);
  return origin.ok && token.ok ? { origin: origin.value, token: token.value } : null;
}

export function refusal(io: CommandOutput, reason: string): number {
  const [code, sentence] = REFUSALS[reason] ?? [3, `The gateway refused: ${reason}.`];
  io.err(`${sentence}\n`);
  return code;
}
