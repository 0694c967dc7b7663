import { DurableObject } from "cloudflare:workers";
import type { Change, StoredDocument } from "../../core/linking/documents.ts";
import type { CustomerQuery, UserQuery } from "../../ports/directory.ts";
import type { FieldQuestion, OwnershipQuestion } from "../../ports/ownership.ts";
import { sqliteDirectory } from "../sqlite/directory.ts";
import { sqliteOwnership } from "../sqlite/ownership.ts";
import { DIRECTORY_TABLES, MARK_INDEX, ROLE_INDEX } from "../sqlite/schema.ts";
import { type SeedDocuments, seedDirectory } from "../sqlite/seed.ts";
import { type CandidateBounds, type DirectoryCalls, directoryCalls } from "./directory-calls.ts";
import { objectTables } from "./object-tables.ts";
import type { ObjectContext } from "./platform.ts";

/** The embedded store's values are JSON: RPC carries them as they are. */
const AS_IT_IS = <T>(value: T): T => value;
const WIRE = {
  value: AS_IT_IS,
  fields: AS_IT_IS,
  storedFields: AS_IT_IS,
  storedChange: AS_IT_IS,
};

/** Development's directory, for want of a MongoDB: the embedded one, filled once from a sample. */
export abstract class SampleObject extends DurableObject implements DirectoryCalls {
  readonly #calls: DirectoryCalls;

  constructor(ctx: ObjectContext, env: unknown) {
    super(ctx, env);
    const tables = objectTables(ctx.storage, [DIRECTORY_TABLES, [ROLE_INDEX], [MARK_INDEX]]);
    tables.make();
    const { sql } = tables;
    const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
    seedDirectory(sql, this.sample(), { randomBytes });
    const directory = sqliteDirectory(sql, { now: Date.now });
    this.#calls = directoryCalls(directory, sqliteOwnership(sql), WIRE);
  }

  protected abstract sample(): SeedDocuments;

  findUsers(query: Partial<UserQuery>) {
    return this.#calls.findUsers(query);
  }

  findCustomers(query: Partial<CustomerQuery>) {
    return this.#calls.findCustomers(query);
  }

  candidates(bounds: CandidateBounds) {
    return this.#calls.candidates(bounds);
  }

  changeUser(read: StoredDocument, guards: readonly string[], change: Change) {
    return this.#calls.changeUser(read, guards, change);
  }

  changeCustomer(read: StoredDocument, guards: readonly string[], change: Change) {
    return this.#calls.changeCustomer(read, guards, change);
  }

  insertUser(objectId: string, fields: StoredDocument["fields"]) {
    return this.#calls.insertUser(objectId, fields);
  }

  isOwner(question: OwnershipQuestion) {
    return this.#calls.isOwner(question);
  }

  readField(question: FieldQuestion) {
    return this.#calls.readField(question);
  }

  check() {
    return this.#calls.check();
  }
}
