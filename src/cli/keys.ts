import { parseArgs } from "node:util";
import { type GeneratedKeys, generateKeys } from "../tokens/generate-keys.ts";
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from "../tokens/private-jwks.ts";

/** Where a command writes: data to `out`, everything else to `err`. Texts end with a newline. */
export interface CommandOutput {
  out(text: string): void;
  err(text: string): void;
}

const USAGE = `usage: doorstep keys generate [--alg ${SIGNING_ALGORITHMS.join("|")}] [--json]\n`;

const EXPLANATION = `\
New keys, shown once and kept nowhere. Put them where your production secrets live.
  JWT_PRIVATE_JWKS  signs the access tokens; the JWKS publishes its public half
  SECRET_KEYS       codes, refresh tokens and other secrets are derived from it
  INDEX_KEY         names the records in the store; does not rotate with SECRET_KEYS
`;

/**
 * `doorstep keys generate`: new values for JWT_PRIVATE_JWKS, SECRET_KEYS and INDEX_KEY, as
 * `NAME=value` lines for a shell or an env file, or with `--json` as an object of texts, the form
 * that `wrangler secret bulk` takes.
 *
 * @param args what follows `keys` on the command line
 * @returns the exit code: 0, or 2 where the arguments are wrong
 */
export async function keysCommand(args: string[], io: CommandOutput): Promise<number> {
  const options = readArguments(args);
  if (options === null) {
    io.err(USAGE);
    return 2;
  }
  const keys = await generateKeys({ alg: options.alg });
  io.out(options.json ? jsonText(keys) : envText(keys));
  io.err(EXPLANATION);
  return 0;
}

function readArguments(args: string[]): { alg: SigningAlgorithm; json: boolean } | null {
  const parsed = parseStrictly(args);
  if (parsed === null || parsed.positionals.join(" ") !== "generate") return null;
  const { alg = "ES256", json = false } = parsed.values;
  const algorithm = SIGNING_ALGORITHMS.find((name) => name === alg);
  return algorithm === undefined ? null : { alg: algorithm, json };
}

function parseStrictly(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { alg: { type: "string" }, json: { type: "boolean" } },
    });
  } catch {
    return null;
  }
}

/** The JSON holds no single quote: base64url, member names and the names of algorithms. */
function envText({ jwtPrivateJwks, secretKeys, indexKey }: GeneratedKeys): string {
  const lines = [
    `JWT_PRIVATE_JWKS='${jwtPrivateJwks}'`,
    `SECRET_KEYS=${secretKeys}`,
    `INDEX_KEY=${indexKey}`,
  ];
  return `${lines.join("\n")}\n`;
}

function jsonText({ jwtPrivateJwks, secretKeys, indexKey }: GeneratedKeys): string {
  const settings = {
    JWT_PRIVATE_JWKS: jwtPrivateJwks,
    SECRET_KEYS: secretKeys,
    INDEX_KEY: indexKey,
  };
  return `${JSON.stringify(settings, null, 2)}\n`;
}
