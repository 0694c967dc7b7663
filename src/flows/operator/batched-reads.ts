import type { StoredDocument } from "../../core/linking/documents.ts";
import type { CustomerQuery, Directory, UserQuery } from "../../ports/directory.ts";
import type { Gateway } from "../gateway.ts";
import { merged } from "../linking/read-link-facts.ts";
import {
  CUSTOMER_FIELDS,
  customersOf,
  indexed,
  USER_FIELDS,
  usersOf,
} from "./reading/read-link-facts-of-many.ts";
import { together } from "./together.ts";

const ALL = Number.POSITIVE_INFINITY;

/**
 * A directory that asks concurrent questions together: the steps of many decisions, begun at once,
 * take one command for each step. Each caller gets the documents of its own question.
 */
export function batchedReads({
  directory,
  runtime,
}: Pick<Gateway, "directory" | "runtime">): Directory {
  const users = together<Partial<UserQuery>, StoredDocument[]>(runtime, ALL, async (queries) => {
    const index = indexed(await directory.findUsers(merged(queries)), USER_FIELDS);
    return queries.map((query) => documentsOf(usersOf(index, query)));
  });
  const customers = together<Partial<CustomerQuery>, StoredDocument[]>(
    runtime,
    ALL,
    async (queries) => {
      const index = indexed(await directory.findCustomers(merged(queries)), CUSTOMER_FIELDS);
      return queries.map((query) => documentsOf(customersOf(index, query)));
    },
  );
  return {
    ...directory,
    // Roles are of logins with a password; no record is decided about by them.
    findUsers: (query) => (query.roles === undefined ? users(query) : directory.findUsers(query)),
    findCustomers: customers,
  };
}

const documentsOf = (found: readonly { readonly document: StoredDocument }[]): StoredDocument[] =>
  found.map(({ document }) => document);
