import { randomUUID } from "node:crypto";
import { link, mkdir, open, unlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { isJsonObject, parsedJson } from "../../core/json.ts";
import {
  type GeneratedKeys,
  generateKeys,
  generateSigningJwk,
} from "../../tokens/generate-keys.ts";
import {
  PrivateJwksError,
  readPrivateJwks,
  type SigningAlgorithm,
} from "../../tokens/private-jwks.ts";

/** Values of three settings, in the form of the environment. */
export interface DevelopmentKeys {
  readonly JWT_PRIVATE_JWKS: string;
  readonly SECRET_KEYS: string;
  readonly INDEX_KEY: string;
}

export interface KeysFileOptions {
  /** The folder of `keys.json`: that of the SQLite file, `.data`. */
  readonly folder: string;
  readonly generate?: () => Promise<GeneratedKeys>;
}

/** A keys file that cannot be used; the message names its path and never quotes it. */
export class KeysFileError extends Error {
  constructor(path: string, problem: string) {
    super(`${shown(path)} ${problem}`);
    this.name = "KeysFileError";
  }
}

const FILE_NAME = "keys.json";
const ADDED_FILE_NAME = "id-token-key.json";
const READ_BY_OTHERS = 0o077;
const SECRET_KEYS = /^[a-z0-9-]{1,16}:[A-Za-z0-9+/]{43}=(,[a-z0-9-]{1,16}:[A-Za-z0-9+/]{43}=)*$/;
const INDEX_KEY = /^[A-Za-z0-9+/]{43}=$/;

/**
 * The keys of a development gateway: made on the first start and read on every later one, so that a
 * restart keeps its sessions. Only for development: in production keys come from settings.
 *
 * The file is `{"JWT_PRIVATE_JWKS": {"keys": [...]}, "SECRET_KEYS": "id:base64", "INDEX_KEY":
 * "base64"}`, mode 0600, and is never overwritten. Of processes that start at once, one makes the
 * file and all read it.
 *
 * @throws KeysFileError where the file is broken, readable by others, or owned by another user
 */
export async function loadDevelopmentKeys(options: KeysFileOptions): Promise<DevelopmentKeys> {
  const { folder, generate = generateKeys } = options;
  const path = join(folder, FILE_NAME);
  const text = await readGuarded(path);
  if (text !== null) return withIdTokenKey(path, parseKeys(path, text));
  await makeFile(path, folder, formatKeys(await generate()));
  const made = await readGuarded(path);
  if (made === null) throw new KeysFileError(path, "was removed while the gateway started");
  return parseKeys(path, made);
}

/**
 * A file of an earlier version has no RS256 key. The key goes into a second file, so that the first
 * is never overwritten: of processes that start at once, one makes it and all read it.
 */
async function withIdTokenKey(path: string, keys: DevelopmentKeys): Promise<DevelopmentKeys> {
  if (algorithmsOf(keys.JWT_PRIVATE_JWKS).includes("RS256")) return keys;
  const added = join(dirname(path), ADDED_FILE_NAME);
  if ((await readGuarded(added)) === null) {
    const jwks = { keys: [await generateSigningJwk("RS256", Date.now())] };
    await makeFile(added, dirname(path), `${JSON.stringify(jwks, null, 2)}\n`);
  }
  const both = [keys.JWT_PRIVATE_JWKS, (await readGuarded(added)) ?? ""].map((text) => {
    const set = parsedJson(text) as { readonly keys?: readonly unknown[] } | undefined;
    return set?.keys ?? [];
  });
  const JWT_PRIVATE_JWKS = JSON.stringify({ keys: both.flat() });
  if (!algorithmsOf(JWT_PRIVATE_JWKS).includes("RS256")) {
    throw new KeysFileError(added, "holds no RS256 key; delete the file to get a new one");
  }
  return { ...keys, JWT_PRIVATE_JWKS };
}

/** Empty where a key cannot be used. */
function algorithmsOf(jwks: string): readonly SigningAlgorithm[] {
  try {
    return readPrivateJwks(jwks).map(({ alg }) => alg);
  } catch (error) {
    if (error instanceof PrivateJwksError) return [];
    throw error;
  }
}

/** Checks the opened file, not its name: a moment later the name may mean another file. */
async function readGuarded(path: string): Promise<string | null> {
  const file = await open(path, "r").catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return null;
    throw unusable(path, error);
  });
  if (file === null) return null;
  try {
    const { mode, uid } = await file.stat();
    const ownUid = process.getuid?.();
    if (ownUid !== undefined) {
      // In a shared folder such as /tmp another user could place a file with keys of their own.
      if (uid !== ownUid) throw new KeysFileError(path, "belongs to another user");
      if ((mode & READ_BY_OTHERS) !== 0) {
        throw new KeysFileError(
          path,
          `can be read by other users of this machine; run: chmod 600 ${shown(path)}`,
        );
      }
    }
    return await file.readFile("utf8");
  } catch (error) {
    throw error instanceof KeysFileError ? error : unusable(path, error);
  } finally {
    await file.close();
  }
}

/**
 * Writes a temporary file and links it into place: `link` fails where the name is taken, so the
 * first of several processes wins and no process ever reads half a file.
 */
async function makeFile(path: string, folder: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(draft, path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw unusable(path, error);
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

function formatKeys({ jwtPrivateJwks, secretKeys, indexKey }: GeneratedKeys): string {
  const keys = {
    JWT_PRIVATE_JWKS: JSON.parse(jwtPrivateJwks) as unknown,
    SECRET_KEYS: secretKeys,
    INDEX_KEY: indexKey,
  };
  return `${JSON.stringify(keys, null, 2)}\n`;
}

function parseKeys(path: string, text: string): DevelopmentKeys {
  const advice = "; repair it, or delete it to get new keys (all users are logged out)";
  const broken = (problem: string) => new KeysFileError(path, `${problem}${advice}`);
  const value = parsedJson(text);
  if (!isJsonObject(value)) throw broken("is not a JSON object");
  const { JWT_PRIVATE_JWKS, SECRET_KEYS: secretKeys, INDEX_KEY: indexKey } = value;
  if (typeof JWT_PRIVATE_JWKS !== "object" || JWT_PRIVATE_JWKS === null) {
    throw broken("has no JWT_PRIVATE_JWKS");
  }
  try {
    readPrivateJwks(JWT_PRIVATE_JWKS);
  } catch (error) {
    throw broken(`is broken: ${error instanceof Error ? error.message : "JWT_PRIVATE_JWKS"}`);
  }
  if (typeof secretKeys !== "string" || !SECRET_KEYS.test(secretKeys)) {
    throw broken("has no valid SECRET_KEYS");
  }
  if (typeof indexKey !== "string" || !INDEX_KEY.test(indexKey)) {
    throw broken("has no valid INDEX_KEY");
  }
  const jwks = JSON.stringify(JWT_PRIVATE_JWKS);
  return { JWT_PRIVATE_JWKS: jwks, SECRET_KEYS: secretKeys, INDEX_KEY: indexKey };
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** The system's code is enough (EACCES, EROFS); its text would name the absolute path. */
function unusable(path: string, error: unknown): KeysFileError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  return new KeysFileError(path, `cannot be used (${code})`);
}

/** Relative to the working folder, in quotes where a shell needs them. */
function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return /^[\w./-]+$/.test(short) ? short : `'${short.replaceAll("'", "'\\''")}'`;
}
