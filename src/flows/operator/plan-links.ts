import type { DocumentKey } from "../../core/ids.ts";
import { MARK, readCustomer, type UsableUser } from "../../core/linking/documents.ts";
import { decideLink } from "../../core/linking/link-decision.ts";
import type { LinkFacts } from "../../core/linking/ties.ts";
import type { Gateway } from "../gateway.ts";
import { pagesOf } from "./pages.ts";
import { readLinkFactsOfMany } from "./read-link-facts-of-many.ts";
import type { PhoneSurvey } from "./survey-phones.ts";

/**
 * One link that a login would make. `id` and `phone`: the evidence; `mark`: the link stands, and
 * lacks the mark by which it survives a migration.
 */
export interface PlannedLink {
  readonly evidence: "id" | "phone" | "mark";
  readonly facts: LinkFacts;
  readonly user: UsableUser;
}

export interface LinkScope {
  /** Take matches by phone and name as well. */
  readonly byPhone: boolean;
  /** Continue after this customer. */
  readonly after: DocumentKey | null;
}

export interface PlannedPage {
  readonly links: readonly PlannedLink[];
  /** Customers on the page. */
  readonly read: number;
  readonly last: DocumentKey | null;
}

/** The links of all customers, page by page, as the data stands when each page is read. */
export async function* planLinks(
  gateway: Pick<Gateway, "directory" | "rules" | "runtime">,
  survey: PhoneSurvey,
  { after, byPhone }: LinkScope,
): AsyncGenerator<PlannedPage, void, void> {
  for await (const documents of pagesOf(gateway, "customers_v2", after)) {
    const customers = documents.flatMap(
      (document) => readCustomer(document, gateway.rules.phone) ?? [],
    );
    const facts = await readLinkFactsOfMany(gateway, customers, survey);
    const planned = [...facts.values()].map(plannedLink).filter((link) => link !== null);
    const links = planned.filter(({ evidence }) => byPhone || evidence !== "phone");
    yield { links, read: documents.length, last: documents.at(-1)?.key ?? null };
  }
}

/** Null where a login would link nothing: it makes nobody a user here, and a stopped customer waits. */
export function plannedLink(facts: LinkFacts): PlannedLink | null {
  const { customer } = facts;
  if (customer.status === null) return null;
  const decision = decideLink(facts);
  if (decision.kind === "reuse") {
    const evidence = decision.rank === "D" ? "phone" : "id";
    return { evidence, facts, user: decision.user };
  }
  if (decision.kind !== "linked") return null;
  const isMarked = decision.user.document.fields[MARK] === customer.id;
  return isMarked ? null : { evidence: "mark", facts, user: decision.user };
}
