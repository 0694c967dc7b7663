import { readFileSync } from "node:fs";
import { join } from "node:path";
import { logInCustomer, type SocketWorld, socketWorld } from "./proxied-world.ts";
import { rawExchange } from "./raw-client.ts";

/** What came of one exchange, without the values that are new in each. */
export interface Outcome {
  /** Status line, fields sorted by name, body; one entry for each answer of the connection. */
  readonly answer: string;
  readonly log: readonly string[];
  readonly backend: readonly string[];
}

/** Two gateways alike, each with its stores and its backend: nothing of one reaches the other. */
export interface TwoEntrances {
  readonly short: SocketWorld;
  readonly full: SocketWorld;
  /** Sends the same bytes to both; `{token}` in them becomes a customer's. */
  send(bytes: string): Promise<{ readonly short: Outcome; readonly full: Outcome }>;
  stop(): Promise<void>;
}

const SHIPPED: { readonly rules: readonly object[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../policy/earlybird.json"), "utf8"),
);
/** The stand-in's own paths, for the customer. */
const TEST_PATHS = { match: "* /__test/:name", allow: ["customer"] };

export interface EntrancesOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Further words in braces that stand for a gateway's own values, such as `{admin}`. */
  words?(world: SocketWorld): Promise<Readonly<Record<string, string>>>;
}

export async function twoEntrances(options: EntrancesOptions = {}): Promise<TwoEntrances> {
  const { env = {}, words = async () => ({}) } = options;
  const policy = { ...SHIPPED, rules: [...SHIPPED.rules, TEST_PATHS] };
  const both = { policy, env };
  const [short, full] = [await socketWorld(both), await socketWorld(both, "full")];
  const others = new Map<SocketWorld, readonly (readonly [word: string, value: string])[]>([
    [short, Object.entries(await words(short))],
    [full, Object.entries(await words(full))],
  ]);
  const tokens = new Map<SocketWorld, string>();
  const tokenOf = async (world: SocketWorld): Promise<string> => {
    const known = tokens.get(world) ?? (await logInCustomer(world.test));
    tokens.set(world, known);
    return known;
  };
  const exchange = async (world: SocketWorld, bytes: string): Promise<Outcome> => {
    const token = await tokenOf(world);
    await world.reset();
    world.test.lines.length = 0;
    let sent = bytes.replaceAll("{token}", token);
    for (const [word, value] of others.get(world) ?? []) sent = sent.replaceAll(`{${word}}`, value);
    const answer = await rawExchange(world, sent);
    await world.test.runtime.settle();
    // Some requests end the customer's session: the next one has a new session, at both.
    if (answer.includes("HTTP/1.1 401 ") && bytes.includes("{token}")) tokens.delete(world);
    return {
      answer: readable(answer),
      log: world.test.lines.map(withoutNew),
      backend: world.backend.received.map(({ body, method, rawHeaders, target }) =>
        withoutNew(
          [method, target, ...pairsOf(rawHeaders), body.toString("latin1")]
            .join("\n")
            .replace(`127.0.0.1:${world.backend.port}`, "BACKEND"),
        ),
      ),
    };
  };
  return {
    short,
    full,
    async send(bytes) {
      const [one, other] = [await exchange(short, bytes), await exchange(full, bytes)];
      return { short: one, full: other };
    },
    stop: async () => {
      await short.stop();
      await full.stop();
    },
  };
}

const pairsOf = (raw: readonly string[]): readonly string[] =>
  raw.flatMap((name, at) => (at % 2 === 0 ? [`${name.toLowerCase()}: ${raw[at + 1]}`] : []));

/** Answers with the fields of each head in one order and lower case, as HTTP reads them. */
function readable(text: string): string {
  const answers = text.split(/(?=HTTP\/1\.1 \d{3})/);
  return withoutNew(
    answers
      .map((answer) => {
        const end = answer.indexOf("\r\n\r\n");
        if (end === -1) return answer;
        const [first = "", ...fields] = answer.slice(0, end).split("\r\n");
        const lower = fields.map((field) => field.replace(/^[^:]+/, (name) => name.toLowerCase()));
        return [first, ...lower.toSorted(), answer.slice(end)].join("\n");
      })
      .join("\n---\n"),
  );
}

/** Times, ids and tokens are drawn anew by each gateway. */
const withoutNew = (text: string): string =>
  text
    .replace(/^(date|x-request-id|x-session-id|retry-after|traceparent): .*$/gm, "$1: NEW")
    .replace(/^authorization: Bearer [\w.-]+$/gm, "authorization: Bearer NEW")
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "NEW")
    .replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, "NEW")
    .replace(/"(instance|request_id|time|session_id)":"[^"]*"/g, '"$1":"NEW"')
    .replace(/"(duration_ms|retry_after)":\d+/g, '"$1":0');
