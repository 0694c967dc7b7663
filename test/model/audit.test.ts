import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canSignIn, STANDINGS, type Standing } from "../../src/core/linking/standing.ts";
import { auditDirectory } from "../../src/flows/operator/audit/audit-directory.ts";
import type { PersonRow } from "../../src/flows/operator/person-rows.ts";
import { surveyDirectory } from "../../src/flows/operator/reading/survey-directory.ts";
import type { RawDocument } from "../contract/directory/directory-instance.ts";
import type { LegacyState } from "../support/linking/legacy-ids.ts";
import { legacyStates } from "../support/linking/legacy-states.ts";
import { makeMemoryDirectory } from "../support/stores/memory-directory.ts";
import { nationalOf, type Verdict, verdictOn } from "./oracle.ts";
import { ONE_CUSTOMER, TWO_CUSTOMERS } from "./scenarios.ts";
import { makeWorld, NOW, portsOver, runs, TIMEOUT_MS } from "./world.ts";

const BY: Readonly<Record<string, Standing>> = {
  linked: "linked",
  id: "links-at-login",
  phone: "by-phone-only",
  creation: "new-account",
};
const REFUSED: Readonly<Record<string, Standing>> = {
  "customer-stopped": "stopped",
  "link-conflict": "contradicts",
  "user-inactive": "switched-off",
};

const standingOf = (verdict: Verdict): Standing | undefined =>
  verdict.outcome === "token" ? BY[verdict.by] : REFUSED[verdict.outcome];

/** The standing of a document by the oracle, which shares no code with the audit. */
function expected(state: LegacyState, { id, phone, status }: RawDocument): Standing | undefined {
  if (typeof id !== "string" || id === "") return "without-id";
  const known = [undefined, null, "", "trial", "active", "paused"];
  if (!known.includes(status as string)) return "stopped";
  const national = nationalOf(phone);
  if (national === null) return "unreadable";
  return standingOf(verdictOn({ state, customerId: id, phone: national, now: NOW, unique: false }));
}

async function audited(state: LegacyState) {
  const { directory, documents, instance } = await makeWorld(makeMemoryDirectory, state);
  const rows: PersonRow[] = [];
  const ports = portsOver(directory);
  const counts = await auditDirectory(ports, await surveyDirectory(ports), {
    isPublished: null,
    onProgress: () => undefined,
    onRow: (row) => void rows.push(row),
  });
  expect(await documents(), "an audit writes nothing").toEqual(state);
  await instance.close();
  return { counts, rows };
}

async function expectStandings(state: LegacyState): Promise<void> {
  const { counts, rows } = await audited(state);
  const wanted = Object.fromEntries(STANDINGS.map((standing) => [standing, 0]));
  for (const document of state.customers_v2) {
    const standing = expected(state, document) ?? "none";
    wanted[standing] = 1 + (wanted[standing] ?? 0);
  }
  expect(counts.customers.standings).toEqual(wanted);
  expect(counts.customers.customers).toBe(state.customers_v2.length);
  expect(counts.users.users).toBe(state.users.length);
  const ofUsers = rows.filter(({ reason }) => reason === "no-delivery-record");
  expect(ofUsers).toHaveLength(counts.users.withoutRecord);
  const counted = Object.values(counts.customers.rows).reduce((sum, count) => sum + count, 0);
  expect(counted).toBe(rows.length - ofUsers.length);
  const listed = new Set(rows.map(({ document }) => document?.key));
  const mustBeListed = state.customers_v2.filter((document) => {
    const standing = expected(state, document);
    return standing !== undefined && standing !== "stopped" && !canSignIn(standing);
  });
  for (const { _id } of mustBeListed) expect(listed).toContain(JSON.stringify(_id));
}

describe("an audit", () => {
  it(
    "puts every customer into exactly the one category that a login of theirs comes to",
    () => fc.assert(fc.asyncProperty(legacyStates({ now: NOW }), expectStandings), runs(150)),
    TIMEOUT_MS,
  );

  it.each(Object.entries({ ...ONE_CUSTOMER, ...TWO_CUSTOMERS }))(
    "judges as a login does: %s",
    (_, state) => expectStandings(state),
  );

  it("counts users whom neither an id nor a phone ties to a customer", async () => {
    const person = (n: number, fields: object) => ({
      _id: { $oid: `65a1b2c3d4e5f6010000000${n}` },
      id: `u-${n}`,
      role: "customer",
      email: `u${n}@example.com`,
      ...fields,
    });
    const state = {
      customers_v2: [
        {
          _id: { $oid: "65a1b2c3d4e5f60200000001" },
          id: "c-1",
          phone: "98.765.00001",
          user_id: "u-2",
        },
      ],
      users: [
        person(1, { phone: "9876500001" }),
        person(2, {}),
        person(3, { customer_v2_id: "c-1" }),
        person(4, { phone: "9876500009", customer_v2_id: "c-gone" }),
        person(5, { phone: null }),
        person(6, { role: "admin" }),
      ],
    };
    const { counts } = await audited(state);
    expect(counts.users).toMatchObject({ users: 6, customers: 5, withoutRecord: 2 });
  });
});
