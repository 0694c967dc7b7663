import { importsOf, nodeGlobalsOf, type SourceFile, targetOf } from "./source-files.ts";

/** What the files of one place may import; imports point inwards (docs/architecture.md#layers). */
export interface ImportRule {
  /** A path from `src` begins so. The first rule that fits is the one that counts. */
  readonly files: string;
  /**
   * Beginnings of paths from `src`, and packages (with what lies below them). `./` is the file's own
   * folder in that place.
   */
  readonly may: readonly string[];
  /** Whether `node:*`, `cloudflare:*` and Node's globals may be used. */
  readonly platform?: boolean;
  readonly because: string;
}

const INNER = ["core/", "ports/"];
const EDGE = ["flows/", ...INNER];

export const IMPORT_TABLE: readonly ImportRule[] = [
  {
    files: "core/",
    may: ["core/", "libphonenumber-js", "ipaddr.js"],
    because: "the core is pure: values in, values out, with `now` and randomness as arguments",
  },
  { files: "ports/", may: INNER, because: "a port is a type and its promise, in the core's words" },
  {
    files: "flows/",
    may: [...EDGE, "lru-cache"],
    because: "a use case knows what it needs of the world and not who provides it",
  },
  {
    files: "adapters/sqlite/node.ts",
    may: ["adapters/sqlite/", ...INNER],
    platform: true,
    because: "this file alone opens SQLite on Node; a Durable Object brings another like it",
  },
  {
    files: "adapters/sqlite/",
    may: ["adapters/sqlite/", ...INNER],
    because: "Node and the Durable Object share this SQL",
  },
  {
    files: "adapters/console/",
    may: ["adapters/console/", ...INNER],
    because: "an adapter sees the ports it fulfils; printing is lent by the runtime",
  },
  {
    files: "adapters/mongo/",
    may: ["adapters/mongo/", "adapters/workerd/", ...INNER, "mongodb"],
    because: "the driver is seen by its adapter alone, so that nothing else loads it",
  },
  {
    files: "adapters/redis/",
    may: ["adapters/redis/", "adapters/ceilings/", ...INNER, "ioredis"],
    because: "the client is seen by its adapter alone, so that nothing else loads it",
  },
  {
    files: "adapters/ceilings/",
    may: ["adapters/ceilings/", "adapters/sqlite/sql.ts", ...INNER],
    because: "the ceilings' counting, in memory and over the shared SQL",
  },
  {
    files: "adapters/limiter/",
    may: [
      "adapters/limiter/",
      "adapters/sqlite/sql.ts",
      ...INNER,
      "rate-limiter-flexible",
      "lru-cache",
      "ioredis",
    ],
    because: "one limiter over Redis and over the shared SQL",
  },
  {
    files: "adapters/sms/",
    may: ["adapters/sms/", ...INNER],
    because: "what every provider of messages shares names no provider",
  },
  {
    files: "adapters/twilio/",
    may: ["adapters/twilio/", "adapters/sms/", ...INNER, "twilio"],
    because: "the SDK is seen by its adapter alone, so that nothing else loads it",
  },
  {
    files: "adapters/undici/",
    may: ["adapters/undici/", ...INNER, "undici", "@hono/node-server"],
    platform: true,
    because: "it writes into Node's own response; Workers have the fetch adapter",
  },
  {
    files: "adapters/fetch/",
    may: ["adapters/fetch/", ...INNER],
    because: "forwarding with the platform's own fetch, on every runtime",
  },
  {
    files: "adapters/workerd/",
    may: ["adapters/workerd/", ...INNER],
    because:
      "what Cloudflare's runtime throws is read alike wherever a socket or an object is used",
  },
  {
    files: "adapters/bcrypt/",
    may: ["adapters/bcrypt/", ...INNER, "bcryptjs"],
    because: "an operator's command alone compares passwords; the gateway never sees one",
  },
  {
    files: "adapters/runs/",
    may: ["adapters/runs/", ...INNER],
    platform: true,
    because: "the journals of an operator's commands are files on the operator's machine",
  },
  {
    files: "adapters/durable/",
    may: [
      "adapters/durable/",
      "adapters/sqlite/",
      "adapters/mongo/",
      "adapters/limiter/",
      "adapters/ceilings/",
      "adapters/workerd/",
      ...INNER,
      "mongodb",
      "lru-cache",
    ],
    platform: true,
    because:
      "Durable Objects are Cloudflare's own: they share the SQL and hold the driver's client",
  },
  {
    files: "adapters/",
    may: ["./", "adapters/sms/", ...INNER],
    because:
      "an adapter without an entry of its own, such as a provider of messages, brings no package and no platform",
  },
  {
    files: "tokens/",
    may: ["tokens/", ...INNER, "jose"],
    because: "tokens fulfil a port with jose, on every runtime",
  },
  {
    files: "config/sms-providers.ts",
    may: ["config/", "adapters/", ...INNER],
    because:
      "the one registry of providers: what each is set by, and what opens it when it is asked",
  },
  {
    files: "config/",
    may: ["config/", "tokens/private-jwks.ts", ...INNER, "zod", "libphonenumber-js"],
    because: "settings are texts to values; the environment and the files are lent by the runtime",
  },
  {
    files: "http/",
    may: ["http/", "proxy/", "login/", ...EDGE, "hono", "zod", "lru-cache"],
    because: "createApp is one fetch handler, the same on every runtime",
  },
  {
    files: "proxy/",
    may: ["proxy/", ...EDGE, "hono", "zod", "lru-cache", "@cfworker/json-schema"],
    because: "the policy judges on every runtime alike; forwarding is a port",
  },
  {
    files: "login/",
    may: ["login/", ...EDGE, "hono", "zod"],
    because: "the page is the flows with a face, on every runtime",
  },
  {
    files: "client/",
    may: ["client/"],
    because: "the browser module of the package stands alone: a page loads nothing else with it",
  },
  {
    files: "runtimes/",
    may: [""],
    platform: true,
    because: "a runtime chooses the adapters and lends the platform",
  },
  { files: "cli/", may: [""], platform: true, because: "commands run on Node and see everything" },
];

/** Every import of the file that the table does not allow, as a sentence. */
export function forbiddenIn(file: SourceFile, table = IMPORT_TABLE): readonly string[] {
  const rule = table.find(({ files }) => file.path.startsWith(files));
  if (rule === undefined) return [`${file.path} is in no place that the import table knows`];
  const { because, may, platform = false } = rule;
  const imports = importsOf(file).filter((specifier) => {
    if (isPlatform(specifier)) return !platform;
    const target = targetOf(file.path, specifier);
    return !may.some((allowed) =>
      isWithin(target, allowed === "./" ? roomIn(rule.files, file.path) : allowed),
    );
  });
  const globals = platform ? [] : nodeGlobalsOf(file);
  return [
    ...imports.map((specifier) => `${file.path} must not import ${specifier}: ${because}`),
    ...globals.map((name) => `${file.path} must not use ${name}: ${because}`),
  ];
}

/** `adapters/acme/` for the place `adapters/` and a file at any depth below it. */
function roomIn(place: string, path: string): string {
  const [room = ""] = path.slice(place.length).split("/");
  return `${place}${room}/`;
}

const isPlatform = (specifier: string): boolean => /^(node|cloudflare):/.test(specifier);

function isWithin(target: string, allowed: string): boolean {
  if (allowed === "" || target === allowed) return true;
  return target.startsWith(allowed.endsWith("/") ? allowed : `${allowed}/`);
}

type Imports = ReadonlyMap<string, readonly string[]>;

const importsByFile = (files: readonly SourceFile[]): Imports =>
  new Map(
    files.map((file) => [file.path, importsOf(file).map((name) => targetOf(file.path, name))]),
  );

/** The files of a circle of imports, or null where there is none. */
export const findCycle = (files: readonly SourceFile[]): readonly string[] | null =>
  cycleIn(importsByFile(files));

/**
 * The rooms of a circle of imports, types included, or null where there is none. A room is a folder;
 * a file that lies beside rooms, such as http/route.ts, is a room of its own.
 */
export function findRoomCycle(files: readonly SourceFile[]): readonly string[] | null {
  const folders = new Set(files.map(({ path }) => folderOf(path)));
  const roomOf = (path: string): string => {
    const folder = folderOf(path);
    return [...folders].some((other) => other.startsWith(`${folder}/`)) ? path : folder;
  };
  const rooms = new Map<string, Set<string>>();
  const known = new Set(files.map(({ path }) => path));
  for (const [path, targets] of importsByFile(files)) {
    const from = roomOf(path);
    const into = rooms.get(from) ?? new Set();
    rooms.set(from, into);
    for (const target of targets) {
      if (known.has(target) && roomOf(target) !== from) into.add(roomOf(target));
    }
  }
  return cycleIn(new Map([...rooms].map(([room, into]) => [room, [...into]])));
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));

function cycleIn(edges: Imports): readonly string[] | null {
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] | null => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return null;
    for (const next of edges.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle !== null) return cycle;
    }
    done.add(path);
    return null;
  };
  for (const path of edges.keys()) {
    const cycle = visit(path, []);
    if (cycle !== null) return cycle;
  }
  return null;
}
