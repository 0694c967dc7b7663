import { DurableObject } from "cloudflare:workers";
import { sqliteDirectory } from "../../sqlite/directory.ts";
import { sqliteOwnership } from "../../sqlite/ownership.ts";
import { DIRECTORY_TABLES, MARK_INDEX, ROLE_INDEX } from "../../sqlite/schema.ts";
import { type SeedDocuments, seedDirectory } from "../../sqlite/seed.ts";
import {
  type AnswerTo,
  answerTo,
  type DirectoryCalls,
  type DirectoryRemote,
  directoryCalls,
} from "../directory-calls.ts";
import type { ObjectContext } from "../platform.ts";
import { objectTables } from "./object-tables.ts";

/** The embedded store's values are JSON, which RPC carries unchanged. */
const AS_IT_IS = <T>(value: T): T => value;
const WIRE = {
  value: AS_IT_IS,
  fields: AS_IT_IS,
  storedFields: AS_IT_IS,
  storedChange: AS_IT_IS,
};

/** The directory of development without MongoDB: the embedded one, filled once from a sample. */
export abstract class SampleObject extends DurableObject implements DirectoryRemote {
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

  ask<Name extends keyof DirectoryCalls>(
    name: Name,
    ...args: Parameters<DirectoryCalls[Name]>
  ): Promise<AnswerTo<Name>> {
    return answerTo(this.#calls, name, args);
  }
}
