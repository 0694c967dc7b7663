import type { IndexRow } from "../../adapters/mongo/migrate.ts";
import { type Checked, finding, good } from "./finding.ts";
import type { DoctorPlace } from "./place.ts";

/** Time for the plan of the indexes, which groups both collections by their unique fields. */
const PLAN_MS = 60_000;

/** What MongoDB says of itself: the shape of the cluster, its clock, and the indexes' plan. */
export async function checkMongo(url: string, log: DoctorPlace["gateway"]["log"]) {
  const [{ connectMongo }, { mongoIndexes }, { migrate }] = await Promise.all([
    import("../../adapters/mongo/connect.ts"),
    import("../../adapters/mongo/migrate-store.ts"),
    import("../../adapters/mongo/migrate.ts"),
  ]);
  const store = connectMongo({ url, log, operationMs: PLAN_MS });
  try {
    const sentAt = Date.now();
    const hello: Hello = await store.run("hello", (db) => db.command({ hello: 1 }));
    const clock = { sentAt, receivedAt: Date.now(), at: hello.localTime?.getTime() ?? null };
    const { indexes } = await migrate(mongoIndexes(store), { apply: false, replace: false });
    return { clock, lines: [topologyOf(hello), ...indexLines(indexes)] };
  } finally {
    await store.close();
  }
}

interface Hello {
  readonly setName?: string;
  readonly msg?: string;
  readonly hosts?: readonly string[];
  readonly localTime?: Date;
}

export function topologyOf({ hosts = [], msg, setName }: Hello): Checked {
  if (msg === "isdbgrid") return good("topology", "a sharded MongoDB cluster");
  if (setName === undefined) {
    return finding("topology", {
      what: "MongoDB is one server and no replica set",
      why: "If its disk is lost, links and users are lost with it, and while it restarts nobody can log in.",
      mend: "Run it as a replica set of three members: rs.initiate() in mongosh",
    });
  }
  if (hosts.length >= 3) return good("topology", `a replica set of ${hosts.length} members`);
  return finding("topology", {
    what: `the replica set has ${hosts.length === 1 ? "one member" : `${hosts.length} members`} with data`,
    why: "With one member lost there is no majority, so the gateway can write nothing.",
    mend: "Add members until there are three: rs.add() in mongosh",
  });
}

const PRESENT = "present";

export function indexLines(rows: readonly IndexRow[]): readonly Checked[] {
  const wrong = rows.filter(({ because, state }) => state !== PRESENT || because !== null);
  if (wrong.length === 0) return [good("indexes", `all ${rows.length} stand`)];
  return wrong.map(({ because, collection, field, state }) =>
    finding("indexes", {
      what: `${collection}.${field} is ${state === PRESENT ? "not unique" : state}${because === null ? "" : `: ${because}`}`,
      why: "Without it each login reads the whole collection, or two documents can share one id.",
      mend: mendOf(state),
    }),
  );
}

function mendOf(state: IndexRow["state"]): string {
  if (state === "blocked") return "npx doorstep migrate --apply --replace";
  if (state === "missing") return "npx doorstep migrate --apply";
  return "Give the documents ids of their own, then: npx doorstep migrate --apply";
}
