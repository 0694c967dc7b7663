import { type JsonToken, JsonTokens } from "./json-tokens.ts";
import { OpenKeys } from "./strict-json.ts";

/** An answer of the backend's is nested five deep; a much deeper one is an attack. */
const MAX_DEPTH = 512;
/** Characters that are read in one go, which takes a few milliseconds. */
const CHARACTERS_A_TURN = 256 * 1024;

/**
 * The JSON text without every member of these names, at any depth and in any escapes. Everything
 * else stays as written, character by character: parsing and writing anew would round
 * `9007199254740993`, shorten `1.0` and reorder `{"2":..,"1":..}`.
 *
 * @param pause awaited now and then in a long text, so that other requests run
 * @returns null for a text that is no JSON, and for one that two readers could read differently:
 * with any other duplicate key in an object, or with `__proto__`
 */
export async function withoutMembers(
  text: string,
  names: ReadonlySet<string>,
  pause: () => Promise<void>,
): Promise<string | null> {
  const cutter = new MemberCutter(text, names);
  for (let until = CHARACTERS_A_TURN; cutter.read(until); until += CHARACTERS_A_TURN) await pause();
  return cutter.rest();
}

/** The member that is being cut. */
interface OpenCut {
  readonly from: number;
  readonly depth: number;
  /** Whether a member precedes it in its object, so that the comma between them is cut too. */
  readonly isFollower: boolean;
}

class MemberCutter {
  readonly #text: string;
  readonly #names: ReadonlySet<string>;
  readonly #tokens: JsonTokens;
  readonly #keys = new OpenKeys();
  /** For each open object or array: whether it has a member that stays, and its last comma. */
  readonly #open: { hasMember: boolean; comma: number }[] = [];
  readonly #kept: string[] = [];
  #keptUntil = 0;
  #cut: OpenCut | null = null;
  /** The depth of a first member that was cut: the comma after it is cut as well. */
  #commaToCut: number | null = null;
  #isRefused = false;

  constructor(text: string, names: ReadonlySet<string>) {
    this.#text = text;
    this.#names = names;
    this.#tokens = new JsonTokens(text, MAX_DEPTH);
  }

  /** Reads on; returns whether there may be more after that place. */
  read(until: number): boolean {
    const tokens = this.#tokens;
    while (tokens.end < until) {
      if (!tokens.next()) return false;
      this.#take(tokens);
      if (this.#isRefused) return false;
    }
    return true;
  }

  /** The remaining text once all of it was read. */
  rest(): string | null {
    if (this.#isRefused || !this.#tokens.isComplete) return null;
    if (this.#kept.length === 0 && this.#keptUntil === 0) return this.#text;
    return this.#kept.join("") + this.#text.slice(this.#keptUntil);
  }

  #take(tokens: JsonTokens): void {
    const { token } = tokens;
    if (token === "key") this.#takeKey(tokens);
    else if (token === "comma") this.#takeComma(tokens);
    else if (isOpening(token)) {
      if (token === "object") this.#keys.open();
      this.#open.push({ hasMember: false, comma: 0 });
    } else {
      if (token === "object-end") this.#keys.close();
      if (isEnd(token)) this.#open.pop();
      this.#endValue(tokens);
    }
  }

  #takeKey({ depth, key, start }: JsonTokens): void {
    const inside = this.#open.at(-1);
    if (this.#names.has(key)) {
      if (this.#cut !== null || inside === undefined) return;
      const { comma, hasMember: isFollower } = inside;
      this.#cut = { from: isFollower ? comma : start, depth, isFollower };
      return;
    }
    this.#isRefused ||= key === "__proto__" || !this.#keys.add(key);
    if (inside !== undefined) inside.hasMember = true;
  }

  #takeComma({ depth, end, start }: JsonTokens): void {
    const inside = this.#open.at(-1);
    if (inside !== undefined) inside.comma = start;
    if (this.#commaToCut !== depth) return;
    this.#commaToCut = null;
    this.#keptUntil = end;
  }

  #endValue({ depth, end }: JsonTokens): void {
    // An object that ends at its first member has no comma to cut.
    if (this.#commaToCut !== null && this.#commaToCut > depth) this.#commaToCut = null;
    const cut = this.#cut;
    if (cut === null || cut.depth !== depth) return;
    this.#kept.push(this.#text.slice(this.#keptUntil, cut.from));
    this.#keptUntil = end;
    this.#cut = null;
    if (!cut.isFollower) this.#commaToCut = depth;
  }
}

/**
 * The text of a JSON object with a new text for one member: in place of its value, or as the last
 * member where it has none of that name. Everything else stays as written.
 *
 * @param text of a JSON object without a duplicate key
 */
export function withTextMember(text: string, name: string, value: string): string {
  const tokens = new JsonTokens(text, MAX_DEPTH);
  const written = JSON.stringify(value);
  let [isNamed, hasMember] = [false, false];
  let [from, end] = [0, 0];
  while (tokens.next()) {
    const { depth, token } = tokens;
    if (depth === 0 && token === "object") end = tokens.end;
    if (depth !== 1 || token === "comma") continue;
    if (token === "key") {
      isNamed = tokens.key === name;
      hasMember = true;
      continue;
    }
    if (!isEnd(token)) from = tokens.start;
    if (isOpening(token)) continue;
    end = tokens.end;
    if (isNamed) return text.slice(0, from) + written + text.slice(end);
  }
  const member = `${hasMember ? "," : ""}${JSON.stringify(name)}:${written}`;
  return text.slice(0, end) + member + text.slice(end);
}

const isOpening = (token: JsonToken): boolean => token === "object" || token === "array";
const isEnd = (token: JsonToken): boolean => token === "object-end" || token === "array-end";
