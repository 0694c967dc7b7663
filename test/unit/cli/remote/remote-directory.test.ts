import { describe, expect, test } from "vitest";
import { queryParts } from "../../../../src/cli/remote/query-parts.ts";
import { remoteDirectory } from "../../../../src/cli/remote/remote-directory.ts";
import type { DocumentKey, Phone } from "../../../../src/core/ids.ts";
import type { StoredDocument } from "../../../../src/core/linking/documents.ts";
import { spellingsOf } from "../../../../src/core/phone/phone.ts";
import type { RecordsAnswer, RecordsCall } from "../../../../src/flows/operator/answer-records.ts";
import { surveyDirectory } from "../../../../src/flows/operator/reading/survey-directory.ts";
import { AdapterError } from "../../../../src/ports/adapter-error.ts";

const documentOf = (n: number): StoredDocument => ({
  key: `"${String(n).padStart(6, "0")}"` as DocumentKey,
  objectId: null,
  fields: { id: `c-${n}`, phone: "9876500001" },
  idShared: false,
});

interface Asked {
  readonly calls: RecordsCall[];
  readonly clock: { now: number };
}

/** A directory whose gateway gives these answers. */
function remote(answer: (call: RecordsCall, asked: Asked) => RecordsAnswer) {
  const asked: Asked = { calls: [], clock: { now: 0 } };
  const records = {
    async ask(call: RecordsCall) {
      asked.calls.push(call);
      return answer(call, asked);
    },
    drain: async () => undefined,
  };
  return {
    ...asked,
    directory: remoteDirectory({
      records,
      run: null,
      now: () => asked.clock.now,
      onRefused: () => undefined,
    }),
  };
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no failure",
    (error: unknown) => (error instanceof AdapterError ? error.operation : error),
  );

describe("the directory of a running gateway", () => {
  test("a survey reads every customer, however long the gateway's limit makes it wait", async () => {
    const rules = { phone: { defaultRegion: "IN", allowedCountries: ["IN"] } };
    const { directory } = remote((call, { clock }) => {
      clock.now += 15 * 60_000;
      if (call.call !== "page" || call.collection === "users") return { documents: [] };
      const from = call.after === null ? 0 : Number(JSON.parse(call.after)) + 1;
      const some = Array.from({ length: 500 }, (_, n) => documentOf(from + n));
      const last = { ...documentOf(9_999), fields: { id: "c-rare", phone: "(98765) 0000-2" } };
      if (from > 9_999) return { documents: [] };
      return { documents: from < 1_500 ? some : [last] };
    });
    const survey = await surveyDirectory({ directory, rules });
    expect(survey.customers).toBe(1_501);
    expect(survey.rareKeys("+919876500002" as Phone)).toEqual(['"009999"']);
  });

  test("a search that meets its time on a slow or limited gateway fails, and hides no customer", async () => {
    const { directory } = remote((_, { clock }) => {
      clock.now += 70_000;
      return { documents: [documentOf(1)] };
    });
    const scanned = directory.scanCustomers(() => true, { maxMs: 120_000, maxDocuments: 5_000 });
    expect(await failure(scanned)).toBe("did not show all customers within 2 minutes");
  });

  test("a search goes on after a page with fewer documents than it asked for", async () => {
    const { directory } = remote((_, { calls }) => ({
      documents: calls.length > 3 ? [] : [documentOf(calls.length)],
    }));
    const keys = await directory.scanCustomers(() => true, { maxMs: 1, maxDocuments: 5_000 });
    expect(keys).toHaveLength(3);
  });

  test("an answer without documents is a failure, and no empty page that ends a walk", async () => {
    const { directory } = remote(() => ({}));
    const word = expect.stringContaining("does not understand");
    expect(await failure(directory.pageOf("users", null, 500))).toEqual(word);
    expect(await failure(directory.findUsers({ ids: ["u-1"] }))).toEqual(word);
  });

  test("a write without an outcome is a failure, and no lost write: it may have been done", async () => {
    const { directory } = remote(() => ({ outcomes: ["applied"] }));
    const write = { read: documentOf(1), guards: [], change: { set: { phone: "9876500002" } } };
    const word = expect.stringContaining("does not understand");
    expect(await failure(directory.changeMany("customers_v2", [write, write]))).toEqual(word);
  });

  test("a question with the spellings of a thousand shared phones is asked in parts, each document once", async () => {
    const phones = Array.from({ length: 1_000 }, (_, n) =>
      spellingsOf(`+9198765${String(n).padStart(5, "0")}` as Parameters<typeof spellingsOf>[0]),
    ).flat();
    const { calls, directory } = remote(() => ({ documents: [documentOf(1)] }));
    expect(await directory.findCustomers({ phones, ids: ["c-1"] })).toHaveLength(1);
    expect(calls.length).toBeGreaterThan(1);
    const asked = calls.flatMap((call) => (call.call === "find-customers" ? [call.query] : []));
    expect(asked.flatMap((query) => query.phones ?? [])).toEqual(phones);
    expect(asked.flatMap(({ ids }) => ids ?? [])).toEqual(["c-1"]);
  });

  test("a question of ordinary size is asked as it is, and an empty one not at all", () => {
    const query = { ids: ["u-1"], phones: ["9876500001", 9876500001] };
    expect(queryParts(query)).toEqual([query]);
    expect([queryParts({}), queryParts({ ids: [], phones: [] })]).toEqual([[], []]);
  });
});
