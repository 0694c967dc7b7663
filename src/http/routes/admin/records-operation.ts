import * as z from "zod/mini";
import type { DocumentKey } from "../../../core/ids.ts";
import { ok } from "../../../core/result.ts";
import { readReason } from "../../../core/runs/reason.ts";
import {
  answerRecordsCall,
  type RecordsCall,
  TOLD_EVENTS,
} from "../../../flows/operator/answer-records.ts";
import type { AdminOperation } from "./admin-operations.ts";

/** Calls of one request: each is one command of the store, so that a request is short. */
export const MOST_CALLS = 32;
/** Documents that one call writes. A Worker may ask its objects some hundred times a request. */
export const MOST_WRITES = 100;
/** The spellings of 500 phones, or 100 documents, fit. */
const MAX_BYTES = 2 * 1024 * 1024;
const MOST_IDS = 20_000;

/** Words for the audit log: one line, without a phone and without an e-mail. */
const loggable = z.string().check(z.refine((text) => readReason(text).ok));
/** An account and its machine: a host's name may hold the digits of its address, and no phone. */
const operatorName = z
  .string()
  .check(z.refine((text) => /^[^@\p{Cc}]{1,200}$/u.test(text) && !/\d{10}/.test(text)));
const matching = (pattern: RegExp) => z.string().check(z.refine((text) => pattern.test(text)));
const id = z.string().check(z.maxLength(200));
const ids = z.optional(z.array(z.string()).check(z.maxLength(MOST_IDS)));
const phones = z.optional(z.array(z.union([z.string(), z.number()])).check(z.maxLength(MOST_IDS)));
const key = z.pipe(
  z.string(),
  z.transform((text) => text as DocumentKey),
);
const fields = z.record(z.string(), z.unknown());
const collection = z.enum(["users", "customers_v2"]);
const document = z.object({
  key,
  objectId: z.nullable(z.string()),
  fields,
  idShared: z.boolean(),
});
const names = z.array(z.string()).check(z.maxLength(100));
const write = z.object({
  read: document,
  guards: names,
  change: z.object({ set: fields, unset: z._default(names, []) }),
});

const call = z.discriminatedUnion("call", [
  z.object({ call: z.literal("about") }),
  z.object({
    call: z.literal("find-users"),
    query: z.object({
      ids,
      objectIds: ids,
      customerIds: ids,
      marks: ids,
      emails: ids,
      phones,
      roles: ids,
    }),
  }),
  z.object({
    call: z.literal("find-customers"),
    query: z.object({ ids, userIds: ids, phones, keys: z.optional(z.array(key)) }),
  }),
  z.object({
    call: z.literal("page"),
    collection,
    after: z.nullable(key),
    limit: z.int().check(z.minimum(1), z.maximum(500)),
  }),
  z.object({
    call: z.literal("change"),
    collection,
    writes: z.array(write).check(z.maxLength(MOST_WRITES)),
  }),
  z.object({
    call: z.literal("insert"),
    collection,
    object_id: matching(/^[0-9a-f]{24}$/),
    fields,
  }),
  z.object({ call: z.literal("remove"), collection, read: document }),
  z.object({ call: z.literal("end-sessions"), user_id: id }),
  z.object({
    call: z.literal("tell"),
    name: z.enum(TOLD_EVENTS),
    customer_id: z.optional(id),
    user_id: z.optional(id),
    detail: z.optional(loggable),
  }),
]);

const answer = z.object({
  answers: z.array(
    z.object({
      documents: z.optional(z.array(document)),
      outcomes: z.optional(
        z.array(
          z.enum([
            ...(["applied", "lost", "duplicate", "inserted", "duplicate-key"] as const),
            "forbidden",
          ]),
        ),
      ),
      about: z.optional(
        z.object({
          now: z.number(),
          rules: z.object({
            phone: z.object({
              defaultRegion: z.string(),
              allowedCountries: z.array(z.string()),
            }),
            placeholder: z.object({ template: z.string() }),
            legacyOnly: z.object({ isOn: z.boolean() }),
          }),
        }),
      ),
    }),
  ),
});

const asked = z.object({
  run: z.optional(
    z.object({
      id: matching(/^\d{4}-\d{2}-\d{2}-\d{6}-[0-9a-f]{6}$/),
      operator: operatorName,
      reason: z.optional(loggable),
    }),
  ),
  calls: z.array(call).check(z.maxLength(MOST_CALLS)),
});

/**
 * The directory's port for commands on another machine. A command runs there, with its plan and its
 * before-images, and asks for single reads and guarded writes: the image of each write is on the
 * operator's disk before the write is asked for, so no lost answer loses it.
 */
export const RECORDS: AdminOperation<typeof asked, typeof answer> = {
  name: "records",
  summary: "Read records, and make the guarded writes of a command's run",
  asked,
  answer,
  problems: ["rate-limited"],
  maxBytes: MAX_BYTES,
  async run(gateway, { calls, run = null }) {
    const answers = await Promise.all(
      calls.map((one) => answerRecordsCall(gateway, one as RecordsCall, run)),
    );
    return ok({ answers } as z.output<typeof answer>);
  },
};
