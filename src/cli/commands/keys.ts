import { Option } from "commander";
import {
  type GeneratedKeys,
  generateClientSecret,
  generateKeys,
} from "../../tokens/generate-keys.ts";
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from "../../tokens/private-jwks.ts";
import { type RunCommand, runLine } from "../command-line.ts";

const EXPLANATION = `\
New keys, shown once and kept nowhere. Put them where your production secrets live.
  JWT_PRIVATE_JWKS  the first key signs the access tokens, the RS256 key the ID tokens
  SECRET_KEYS       codes, refresh tokens and other secrets are derived from it
  INDEX_KEY         names the records in the store; does not rotate with SECRET_KEYS
`;

const DESCRIPTION =
  "Prints new values of JWT_PRIVATE_JWKS, SECRET_KEYS and INDEX_KEY, as NAME=value lines for a shell or an env file.";

interface Options {
  readonly alg: SigningAlgorithm;
  readonly json?: boolean;
}

const CLIENT_EXPLANATION = `\
A new secret, shown once and kept nowhere. The client gets client_secret; its entry in OAUTH_CLIENTS
gets client_secret_sha256, and as token_endpoint_auth_method client_secret_basic or client_secret_post.
`;

/** `doorstep keys generate` and `keys client`: new keys and secrets. @returns the exit code: 0, or 2 usage */
export const keysCommand: RunCommand = (args, io) =>
  runLine("doorstep keys", args, io, (line, exit) => {
    const choice = new Option("--alg <name>", "algorithm of the access tokens' key");
    line
      .description("Makes the gateway's keys.")
      .command("generate")
      .description(DESCRIPTION)
      .addOption(choice.choices(SIGNING_ALGORITHMS).default("ES256"))
      .option("--json", "print one JSON object of texts, as `wrangler secret bulk` takes it")
      .action(async ({ alg, json = false }: Options) => {
        const algorithms = alg === "RS256" ? [alg] : [alg, "RS256" as const];
        const keys = await generateKeys({ algorithms });
        io.out(json ? jsonText(keys) : envText(keys));
        io.err(EXPLANATION);
        exit(0);
      });
    line
      .command("client")
      .description("Prints a new secret for a client of OAUTH_CLIENTS, and the hash for its entry.")
      .action(async () => {
        const { hash, secret } = await generateClientSecret();
        io.out(`client_secret: ${secret}\nclient_secret_sha256: ${hash}\n`);
        io.err(CLIENT_EXPLANATION);
        exit(0);
      });
  });

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
