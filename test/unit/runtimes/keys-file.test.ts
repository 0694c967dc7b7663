import { mkdtempSync, readFileSync } from "node:fs";
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { KeysFileError, loadDevelopmentKeys } from "../../../src/runtimes/node/keys-file.ts";
import { createAccessTokens } from "../../../src/tokens/access-tokens.ts";
import { readPrivateJwks } from "../../../src/tokens/private-jwks.ts";

const base = mkdtempSync(join(tmpdir(), "doorstep-keys-"));
afterAll(() => rm(base, { recursive: true }));

let count = 0;
const newFolder = () => join(base, `${++count}`, ".data");
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
const never = () => Promise.reject(new Error("keys were generated"));

/** A folder with a keys file of this text. */
async function folderWith(text: string | Buffer, mode = 0o600): Promise<string> {
  const folder = newFolder();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "keys.json"), text);
  await chmod(join(folder, "keys.json"), mode);
  return folder;
}

async function goodFile(): Promise<Record<string, unknown>> {
  const folder = newFolder();
  await loadDevelopmentKeys({ folder });
  return JSON.parse(await readFile(join(folder, "keys.json"), "utf8")) as Record<string, unknown>;
}

describe("development keys", () => {
  it("development keys are made on the first start and the same on every later one", async () => {
    const folder = newFolder();
    const first = await loadDevelopmentKeys({ folder });
    expect(await loadDevelopmentKeys({ folder, generate: never })).toEqual(first);
    const options = { issuer: "i", audience: "a", ttlSeconds: 900, now: Date.now };
    await createAccessTokens({ privateJwks: readPrivateJwks(first.JWT_PRIVATE_JWKS), ...options });
  });

  it("development keys are another gateway's in another folder", async () => {
    const [a, b] = [newFolder(), newFolder()];
    expect(await loadDevelopmentKeys({ folder: a })).not.toEqual(
      await loadDevelopmentKeys({ folder: b }),
    );
  });

  it("development keys lie in a file of 0600 in a folder of 0700, with nothing beside it", async () => {
    const folder = newFolder();
    const mask = process.umask(0);
    await loadDevelopmentKeys({ folder }).finally(() => process.umask(mask));
    expect(await modeOf(folder)).toBe("700");
    expect(await modeOf(join(folder, "keys.json"))).toBe("600");
    expect(await readdir(folder)).toEqual(["keys.json"]);
  });

  it("development keys are kept as one JSON object, the key set as an object inside", async () => {
    const file = await goodFile();
    expect(Object.keys(file)).toEqual(["JWT_PRIVATE_JWKS", "SECRET_KEYS", "INDEX_KEY"]);
    const keys = [{ alg: "ES256" }, { alg: "RS256" }];
    expect(file["JWT_PRIVATE_JWKS"]).toMatchObject({ keys });
  });

  it("development keys of an earlier version, without an RS256 key, get one beside their file, once", async () => {
    const file = await goodFile();
    const [first] = (file["JWT_PRIVATE_JWKS"] as { readonly keys: readonly object[] }).keys;
    const text = JSON.stringify({ ...file, JWT_PRIVATE_JWKS: { keys: [first] } });
    const folder = await folderWith(text);
    const [a, b] = await Promise.all([
      loadDevelopmentKeys({ folder, generate: never }),
      loadDevelopmentKeys({ folder, generate: never }),
    ]);
    expect(a).toEqual(b);
    expect(await loadDevelopmentKeys({ folder, generate: never })).toEqual(a);
    expect(readPrivateJwks(a.JWT_PRIVATE_JWKS).map(({ alg }) => alg)).toEqual(["ES256", "RS256"]);
    expect(a.INDEX_KEY).toBe(file["INDEX_KEY"]);
    expect(readFileSync(join(folder, "keys.json"), "utf8")).toBe(text);
    expect(await modeOf(join(folder, "id-token-key.json"))).toBe("600");
    await writeFile(join(folder, "id-token-key.json"), "{}");
    const refused = loadDevelopmentKeys({ folder, generate: never });
    await expect(refused).rejects.toThrow("holds no RS256 key");
  });

  it("development keys are the winner's where the file appears while others are being made", async () => {
    const folder = newFolder();
    const theirs = await goodFile();
    const keys = await loadDevelopmentKeys({
      folder,
      generate: async () => {
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, "keys.json"), JSON.stringify(theirs), { mode: 0o600 });
        const { generateKeys } = await import("../../../src/tokens/generate-keys.ts");
        return generateKeys();
      },
    });
    expect(keys.INDEX_KEY).toBe(theirs["INDEX_KEY"]);
    expect(await readdir(folder)).toEqual(["keys.json"]);
  });
});

describe("a keys file is refused, and left as it is, where it", () => {
  const expectRefused = async (folder: string, said: string | RegExp) => {
    const path = join(folder, "keys.json");
    const before = readFileSync(path);
    const error = await loadDevelopmentKeys({ folder, generate: never }).catch((e: Error) => e);
    expect(error).toBeInstanceOf(KeysFileError);
    const { message } = error as KeysFileError;
    expect(message.startsWith(relative(process.cwd(), path))).toBe(true);
    expect(message).toMatch(said);
    expect(readFileSync(path).equals(before)).toBe(true);
    return message;
  };

  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o644, 0o660]) {
    it(`a keys file is refused, and left as it is, where it has mode ${mode.toString(8)}, and the command that mends it is named`, async () => {
      const folder = await folderWith(JSON.stringify(await goodFile()), mode);
      const path = relative(process.cwd(), join(folder, "keys.json"));
      const message = await expectRefused(
        folder,
        "can be read by other users of this machine; run: chmod 600 ",
      );
      expect(message.endsWith(`run: chmod 600 ${path}`)).toBe(true);
      await chmod(path, 0o600);
      await loadDevelopmentKeys({ folder, generate: never });
    });
  }

  it("a keys file is refused, and left as it is, where it belongs to another user", async () => {
    const folder = await folderWith(JSON.stringify(await goodFile()));
    const path = join(folder, "keys.json");
    if (process.getuid?.() === 0) {
      await chown(path, 12_345, 12_345);
    } else {
      // Only root can give a file away; root's own will do.
      await rm(path);
      await symlink("/etc/passwd", path);
    }
    await expectRefused(folder, "belongs to another user");
  });

  const secret = `k1:${"A".repeat(43)}=`;
  for (const [name, change, said] of [
    ["has no JWT_PRIVATE_JWKS", { JWT_PRIVATE_JWKS: undefined }, "has no JWT_PRIVATE_JWKS"],
    ["has its key set as text", { JWT_PRIVATE_JWKS: "{}" }, "has no JWT_PRIVATE_JWKS"],
    [
      "has no keys in the set",
      { JWT_PRIVATE_JWKS: { keys: [] } },
      "JWT_PRIVATE_JWKS holds no keys",
    ],
    ["has a bad key", { JWT_PRIVATE_JWKS: { keys: [{}] } }, "JWT_PRIVATE_JWKS key 1 has no kid"],
    ["has no SECRET_KEYS", { SECRET_KEYS: undefined }, "has no valid SECRET_KEYS"],
    ["has a SECRET_KEYS without id", { SECRET_KEYS: secret.slice(3) }, "has no valid SECRET_KEYS"],
    ["has a short SECRET_KEYS", { SECRET_KEYS: "k1:AAAA" }, "has no valid SECRET_KEYS"],
    ["has no INDEX_KEY", { INDEX_KEY: undefined }, "has no valid INDEX_KEY"],
    ["has an INDEX_KEY that is no text", { INDEX_KEY: 1 }, "has no valid INDEX_KEY"],
  ] as const) {
    it(name, async () => {
      const text = JSON.stringify({ ...(await goodFile()), ...change });
      await expectRefused(await folderWith(text), said);
    });
  }
  for (const text of ["", "{", "null", "[]", '"text"', '{"SECRET_KEYS":"k1:secret']) {
    it(`a keys file is refused, and left as it is, where it holds ${JSON.stringify(text)}, without its text in the message`, async () => {
      const message = await expectRefused(await folderWith(text), /is not a JSON object|has no/);
      expect(message).not.toContain("secret");
    });
  }

  it("a keys file may hold several secret keys, as after a rotation", async () => {
    const text = JSON.stringify({ ...(await goodFile()), SECRET_KEYS: `${secret},${secret}` });
    const folder = await folderWith(text);
    expect((await loadDevelopmentKeys({ folder, generate: never })).SECRET_KEYS).toContain(",");
  });

  it("a keys file is refused, and left as it is, where it is a folder, or lies under a file, or is a link to nothing", async () => {
    const folder = newFolder();
    await mkdir(join(folder, "keys.json"), { recursive: true, mode: 0o700 });
    await expect(loadDevelopmentKeys({ folder })).rejects.toThrow(
      /keys\.json cannot be used|open to/,
    );
    const file = await folderWith("x");
    const under = loadDevelopmentKeys({ folder: join(file, "keys.json") });
    await expect(under).rejects.toThrow("cannot be used (ENOTDIR)");
    const linked = newFolder();
    await mkdir(linked, { recursive: true });
    await symlink(join(linked, "nothing"), join(linked, "keys.json"));
    await expect(loadDevelopmentKeys({ folder: linked })).rejects.toThrow(KeysFileError);
    expect(await readdir(linked)).toEqual(["keys.json"]);
  });
});
