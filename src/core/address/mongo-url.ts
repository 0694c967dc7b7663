import { fail, ok, type Result } from "../result.ts";

/**
 * Options that a connection string must not weaken. The adapter always reads from the primary and
 * writes to the majority. A string that asks for less is refused, because its author expects
 * another behaviour.
 */
const REFUSED: readonly {
  readonly option: string;
  readonly allowed: readonly string[];
  readonly reason: string;
}[] = [
  {
    option: "readpreference",
    allowed: ["primary"],
    reason: "must not ask for reads elsewhere than on the primary (readPreference)",
  },
  {
    option: "readpreferencetags",
    allowed: [],
    reason: "must not ask for reads elsewhere than on the primary (readPreferenceTags)",
  },
  {
    option: "readconcernlevel",
    allowed: ["majority", "linearizable"],
    reason: "must not ask for reads that can be rolled back (readConcernLevel)",
  },
  {
    option: "w",
    allowed: ["majority"],
    reason: "must not ask for writes to less than the majority (w)",
  },
  {
    option: "journal",
    allowed: ["true"],
    reason: "must not ask for writes without journal (journal)",
  },
  {
    option: "j",
    allowed: ["true"],
    reason: "must not ask for writes without journal (j)",
  },
  {
    option: "retrywrites",
    allowed: ["true"],
    reason: "must not switch retryable writes off (retryWrites)",
  },
  ...["tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames"].map((option) => ({
    option,
    allowed: ["false"],
    reason:
      "must not accept a server without a valid certificate (tlsInsecure, tlsAllowInvalid...)",
  })),
  {
    option: "sslvalidate",
    allowed: ["true"],
    reason: "must not accept a server without a valid certificate (sslValidate)",
  },
  {
    option: "rejectunauthorized",
    allowed: ["true"],
    reason: "must not accept a server without a valid certificate (rejectUnauthorized)",
  },
];

const SHAPE = /^mongodb(?:\+srv)?:\/\/([^/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
/** https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions, the stricter ones. */
const DATABASE = /^[^/\\. "$*<>:|?\0]{1,63}$/;
const SYSTEM_DATABASES: ReadonlySet<string> = new Set(["admin", "config", "local"]);

/**
 * Checks MONGODB_URL without the driver, so that a runtime without the driver can read the
 * settings.
 *
 * @returns the URL, or the end of a sentence that begins with the setting's name; never the value
 */
export function checkMongoUrl(url: string): Result<string, string> {
  const [, authority, path = "", query = ""] = SHAPE.exec(url) ?? [];
  if (authority === undefined || !hasGoodUserinfo(authority)) {
    return fail("must be a mongodb:// or mongodb+srv:// URL, user name and password percent-coded");
  }
  const database = decoded(path);
  if (database === "") return fail("must name the database: mongodb://host/DATABASE");
  if (database === null || !DATABASE.test(database) || SYSTEM_DATABASES.has(database)) {
    return fail("must name a database that can hold users and customers_v2");
  }
  for (const [name, value] of new URLSearchParams(query)) {
    const rule = REFUSED.find(({ option }) => option === name.toLowerCase());
    if (rule && !rule.allowed.includes(value)) return fail(rule.reason);
  }
  return ok(url);
}

/** An unescaped @ or : would make part of the password a host name, and send it to DNS. */
function hasGoodUserinfo(authority: string): boolean {
  const parts = authority.split("@");
  const [userinfo = "", hosts = userinfo] = parts;
  if (parts.length > 2 || hosts === "") return false;
  return parts.length === 1 || (/^[^:]+(?::[^:]*)?$/.test(userinfo) && decoded(userinfo) !== null);
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
