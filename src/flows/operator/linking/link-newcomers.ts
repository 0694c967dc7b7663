import type { CustomerId, DocumentKey } from "../../../core/ids.ts";
import {
  type Customer,
  readCustomer,
  type StoredDocument,
} from "../../../core/linking/documents.ts";
import type { LinkPlan } from "../../../core/linking/link-plan.ts";
import { hasPublishedPassword, objectIdAt } from "../../../core/linking/published-password.ts";
import type { Gateway } from "../../gateway.ts";
import { readUsersBy } from "../../linking/read-link-facts.ts";
import { pagesOf } from "../reading/pages.ts";
import { readLinkFactsOfMany } from "../reading/read-link-facts-of-many.ts";
import { surveyOfPage } from "../reading/survey-directory.ts";
import { applyPage, type LinkOutcome, plansOf } from "./link-all.ts";

/** The backend's clock may be behind ours; `doctor` finds a difference of more than two seconds. */
const CLOCK_SKEW_MS = 60_000;
/** Bounds of one walk: an import has some thousands of rows, and `doorstep link` takes the rest. */
const MOST_CUSTOMERS = 20_000;
/** Deferred work on Workers ends after 30 s. */
const MOST_MS = 20_000;

type NewcomerPorts = Pick<Gateway, "audit" | "directory" | "log" | "rules" | "runtime">;

/**
 * Links the customers that the backend made since then, as `doorstep link` does, and removes the
 * published passwords of their users: an imported customer's account is open to everyone who knows
 * the phone number. It may be repeated, and run beside logins and beside itself.
 *
 * @param since when the request that makes them began. Epoch ms
 */
export async function linkNewcomers(gateway: NewcomerPorts, since: number): Promise<void> {
  const { log, runtime } = gateway;
  const until = runtime.now() + MOST_MS;
  const from = since - CLOCK_SKEW_MS;
  const after = JSON.stringify({ $oid: objectIdAt(from) }) as DocumentKey;
  let done = 0;
  for await (const page of pagesOf(gateway, "customers_v2", after)) {
    if (done >= MOST_CUSTOMERS || runtime.now() >= until) {
      log.write("warn", "newcomers-left", { done });
      return;
    }
    done += page.length;
    // First: the facts of the link are read afterwards, and each write compares what was read.
    await removePasswords(gateway, page, from);
    await linkPage(gateway, page);
  }
}

/** A link by phone alone is left to a person. */
async function linkPage(gateway: NewcomerPorts, page: readonly StoredDocument[]): Promise<void> {
  const { phone } = gateway.rules;
  const survey = surveyOfPage(page, phone);
  const customers = page.flatMap((document) => readCustomer(document, phone) ?? []);
  const facts = await readLinkFactsOfMany(gateway, customers, survey);
  const certain = plansOf([...facts.values()]).filter(({ plan }) => plan.by === "id");
  await applyPage(gateway, survey, certain, (plan, outcome) => noteLink(gateway, plan, outcome));
}

function noteLink(
  { audit }: Pick<Gateway, "audit">,
  { customer, kind, user }: LinkPlan,
  outcome: LinkOutcome,
): void {
  if (outcome !== "linked" || kind !== "link") return;
  const detail = "created through the proxy; doorstep unlink parts the two";
  audit.record({ name: "link.written", customerId: customer.id, userId: user.id, detail });
}

async function removePasswords(
  gateway: NewcomerPorts,
  page: readonly StoredDocument[],
  since: number,
): Promise<void> {
  const { audit, directory, rules, runtime } = gateway;
  const customers = new Map<CustomerId, Customer>(
    page.flatMap((document) => {
      const customer = readCustomer(document, rules.phone);
      return customer === null ? [] : [[customer.id, customer] as const];
    }),
  );
  const ids = [...customers.keys()];
  for (const user of await readUsersBy(gateway, { ids, customerIds: ids })) {
    if (!hasPublishedPassword(user, customers, since)) continue;
    const updated_at = new Date(runtime.now()).toISOString();
    const change = { set: { updated_at }, unset: ["password_hash"] };
    const outcome = await directory.changeUser(user.document, PASSWORD_GUARDS, change);
    if (outcome !== "applied" || user.id === null) continue;
    audit.record({ name: "password.removed", userId: user.id, detail: "published default" });
  }
}

const PASSWORD_GUARDS = ["role", "email", "customer_v2_id", "password", "password_hash"];
