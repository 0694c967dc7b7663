/** One token of a JSON text (RFC 8259). A colon belongs to its key and is no token. */
export type JsonToken =
  | "object"
  | "object-end"
  | "array"
  | "array-end"
  | "comma"
  | "key"
  | "text"
  | "number"
  | "word";

/** The kinds of token that may come next. */
type Expected = "value" | "value-or-end" | "key" | "key-or-end" | "comma-or-end" | "nothing";

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
const [MINUS, DOT, ZERO, NINE, LETTER_U] = [0x2d, 0x2e, 0x30, 0x39, 0x75];
/** `"\/bfnrt` behind a backslash. */
const ESCAPES: ReadonlySet<number> = new Set([0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74]);

/**
 * Reads a JSON text token by token, in time linear in its length and without recursion, and stops
 * at the first fault that `JSON.parse` would refuse. The caller sets the pace, so that a long text
 * need not block other requests.
 */
export class JsonTokens {
  token: JsonToken = "word";
  /** The token's first position in the text, and the first position after it. */
  start = 0;
  end = 0;
  /** The number of containers around the token; a container's own ends have the same depth. */
  depth = 0;

  readonly #text: string;
  readonly #maxDepth: number;
  /** For each open container, whether it is an object. */
  readonly #open: boolean[] = [];
  #expected: Expected = "value";
  #keyEnd = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  /** Whether the whole text was read and is one JSON value. */
  get isComplete(): boolean {
    return this.#expected === "nothing" && this.end === this.#text.length;
  }

  /** The last key, with its escapes decoded. */
  get key(): string {
    const text = this.#text.slice(this.start, this.#keyEnd);
    return text.includes("\\") ? (JSON.parse(text) as string) : text.slice(1, -1);
  }

  /** Moves to the next token; false at the end, and where the text is no JSON. */
  next(): boolean {
    const at = this.#skipSpace(this.end);
    this.start = at;
    this.end = at;
    const code = this.#text.charCodeAt(at);
    switch (this.#expected) {
      case "nothing":
        return false;
      case "comma-or-end":
        return code === COMMA ? this.#comma(at) : this.#close(code, at);
      case "key-or-end":
        return code === CLOSE_OBJECT ? this.#close(code, at) : this.#readKey(code, at);
      case "key":
        return this.#readKey(code, at);
      case "value-or-end":
        return code === CLOSE_ARRAY ? this.#close(code, at) : this.#value(code, at);
      case "value":
        return this.#value(code, at);
    }
  }

  #comma(at: number): boolean {
    this.#expected = this.#open.at(-1) === true ? "key" : "value";
    return this.#found("comma", at + 1);
  }

  #close(code: number, at: number): boolean {
    const isObject = this.#open.at(-1);
    if (code !== (isObject ? CLOSE_OBJECT : CLOSE_ARRAY) || isObject === undefined) return false;
    this.#open.pop();
    this.#afterValue();
    return this.#found(isObject ? "object-end" : "array-end", at + 1);
  }

  #readKey(code: number, at: number): boolean {
    const end = code === QUOTE ? endOfText(this.#text, at) : -1;
    if (end === -1) return false;
    const colon = this.#skipSpace(end);
    if (this.#text.charCodeAt(colon) !== COLON) return false;
    this.#keyEnd = end;
    this.#expected = "value";
    return this.#found("key", colon + 1);
  }

  #value(code: number, at: number): boolean {
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) return this.#openContainer(code, at);
    const token = code === QUOTE ? "text" : isDigit(code) || code === MINUS ? "number" : "word";
    const end = ENDS[token](this.#text, at);
    if (end === -1) return false;
    this.#afterValue();
    return this.#found(token, end);
  }

  #openContainer(code: number, at: number): boolean {
    if (this.#open.length === this.#maxDepth) return false;
    const isObject = code === OPEN_OBJECT;
    this.#found(isObject ? "object" : "array", at + 1);
    this.#open.push(isObject);
    this.#expected = isObject ? "key-or-end" : "value-or-end";
    return true;
  }

  #afterValue(): void {
    this.#expected = this.#open.length === 0 ? "nothing" : "comma-or-end";
  }

  #found(token: JsonToken, end: number): true {
    this.token = token;
    this.end = end;
    this.depth = this.#open.length;
    return true;
  }

  #skipSpace(from: number): number {
    let at = from;
    for (;;) {
      const code = this.#text.charCodeAt(at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
      at++;
    }
  }
}

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;

/** The end of the value that begins at `at`, or -1. */
const ENDS = { text: endOfText, number: endOfNumber, word: endOfWord } as const;

function endOfText(text: string, at: number): number {
  for (let here = at + 1; here < text.length; here++) {
    const code = text.charCodeAt(here);
    if (code === QUOTE) return here + 1;
    if (code < 0x20) return -1;
    if (code !== BACKSLASH) continue;
    here++;
    const escaped = text.charCodeAt(here);
    if (escaped === LETTER_U) {
      if (!/^[0-9A-Fa-f]{4}$/.test(text.slice(here + 1, here + 5))) return -1;
      here += 4;
    } else if (!ESCAPES.has(escaped)) return -1;
  }
  return -1;
}

function endOfNumber(text: string, start: number): number {
  const whole = text.charCodeAt(start) === MINUS ? start + 1 : start;
  let at = text.charCodeAt(whole) === ZERO ? whole + 1 : endOfDigits(text, whole);
  if (at === whole) return -1;
  if (text.charCodeAt(at) === DOT) {
    const fraction = at + 1;
    at = endOfDigits(text, fraction);
    if (at === fraction) return -1;
  }
  if ((text.charCodeAt(at) | 0x20) !== 0x65) return at;
  const sign = text[at + 1] === "+" || text[at + 1] === "-" ? at + 2 : at + 1;
  const end = endOfDigits(text, sign);
  return end === sign ? -1 : end;
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at++;
  return at;
}

function endOfWord(text: string, at: number): number {
  const word = ["true", "false", "null"].find((one) => text.startsWith(one, at));
  return word === undefined ? -1 : at + word.length;
}
