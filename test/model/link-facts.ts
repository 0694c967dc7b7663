import { describe, expect, it } from "vitest";
import type { CustomerId, DocumentKey, Phone } from "../../src/core/ids.ts";
import { readCustomer, readUser, type StoredDocument } from "../../src/core/linking/documents.ts";
import { decideLink, type LinkDecision } from "../../src/core/linking/link-decision.ts";
import { madeIdsFor } from "../../src/core/linking/made-user.ts";
import type { LinkFacts } from "../../src/core/linking/ties.ts";
import type { RawDocument } from "../contract/directory/directory-instance.ts";
import { loaded } from "../support/gateway/load-settings.ts";
import { PHONE } from "./scenarios.ts";
import { NOW } from "./world.ts";

const { rules } = loaded({}).settings;

/** The facts of a login of the first customer, who proved PHONE: every document was read. */
export async function factsOf(
  customers: readonly RawDocument[],
  users: readonly RawDocument[] = [],
): Promise<LinkFacts> {
  const read = stored(customers).map((document) => readCustomer(document, rules.phone));
  const known = read.filter((customer) => customer !== null);
  const [customer] = known;
  if (customer === undefined) throw new Error("nobody logs in");
  const people = stored(users).map((document) => readUser(document, rules.phone));
  const madeByUs = people
    .filter(({ createdByUs }) => createdByUs)
    .flatMap(({ customerId, mark }) => [customerId, mark as CustomerId | null]);
  const ids = [...known.map(({ id }) => id), ...madeByUs.filter((id) => id !== null)];
  return {
    customer,
    phone: `+91${PHONE}` as Phone,
    customers: known,
    users: people,
    made: new Map(await Promise.all(ids.map(async (id) => [id, await madeIdsFor(id)] as const))),
    placeholder: rules.placeholder,
    now: NOW,
  };
}

function stored(documents: readonly RawDocument[]): StoredDocument[] {
  return documents.map(({ _id, ...fields }) => ({
    key: JSON.stringify(_id) as DocumentKey,
    objectId: (_id as { readonly $oid?: string }).$oid ?? null,
    fields,
    idShared: documents.filter(({ id }) => id === fields["id"]).length > 1,
  }));
}

/** A decision in a few words: `reuse u-1`, `create`, `conflict: several-users`. */
export async function decided(
  customers: readonly RawDocument[],
  users: readonly RawDocument[] = [],
): Promise<string> {
  return inWords(decideLink(await factsOf(customers, users)));
}

function inWords(decision: LinkDecision): string {
  if (decision.kind === "conflict") return `conflict: ${decision.evidence.because}`;
  return decision.kind === "create" ? "create" : `${decision.kind} ${decision.user.id}`;
}

/** A sentence of LINKING, the documents (the first customer logs in), and what is decided. */
type Case = readonly [string, readonly RawDocument[], readonly RawDocument[], string];

export function declareDecisions(step: string, cases: readonly Case[]): void {
  describe(step, () => {
    it.each(cases)("%s", async (_, customers, users, wanted) => {
      expect(await decided(customers, users)).toBe(wanted);
    });
  });
}
