import { afterEach, describe, expect, test, vi } from "vitest";
import { RefusedByGateway, remoteRecords } from "../../../../src/cli/remote/remote-records.ts";
import type { DocumentKey } from "../../../../src/core/ids.ts";
import type { RecordsCall } from "../../../../src/flows/operator/answer-records.ts";
import { AdapterError } from "../../../../src/ports/adapter-error.ts";
import type { RunHeader } from "../../../../src/ports/run-journal.ts";

const ABOUT: RecordsCall = { call: "about" };
const TELL: RecordsCall = { call: "tell", name: "link.written", customer_id: "c-1" };
const END: RecordsCall = { call: "end-sessions", user_id: "u-1" };
const READ_BEFORE = { key: "k" as DocumentKey, objectId: null, fields: {}, idShared: false };
const WRITE: RecordsCall = { call: "remove", collection: "users", read: READ_BEFORE };
const RUN: RunHeader = {
  id: "2026-11-28-140112-3f9a1c",
  at: 0,
  command: "link",
  by: "asha on office",
  reason: null,
  database: "gateway",
  undoes: null,
  endsSessions: false,
};

type Answer = () => Response;

/** How many calls a request had. */
const callsIn = (init?: RequestInit): number => JSON.parse(String(init?.body)).calls.length;

/** A gateway that answers as the list says, and then as it should. */
function gateway(...answers: readonly Answer[]) {
  const requests: number[] = [];
  const waits: string[] = [];
  vi.stubGlobal("fetch", async (_: string, init?: RequestInit) => {
    const count = callsIn(init);
    const answer = answers[requests.push(count) - 1];
    return answer === undefined ? good(count) : answer();
  });
  const records = remoteRecords(
    { origin: "http://127.0.0.1:1", token: "t".repeat(32) },
    { sleep: async () => undefined, onWait: (ms, why) => void waits.push(`${why} ${ms}`) },
  );
  return { records, requests, waits };
}

const good = (count: number): Response => Response.json({ answers: Array(count).fill({}) });
const answered = () => good(1);
const problem =
  (status: number, code: string, headers: Record<string, string> = {}) =>
  () =>
    Response.json({ code }, { status, headers });
const refusedConnection = () => {
  throw new TypeError("fetch failed", {
    cause: Object.assign(new Error(), { code: "ECONNREFUSED" }),
  });
};
const brokenConnection = () => {
  throw new TypeError("fetch failed", {
    cause: Object.assign(new Error(), { code: "ECONNRESET" }),
  });
};

describe("calls of a gateway's records", () => {
  afterEach(() => void vi.unstubAllGlobals());

  test.each([
    ["restarts", refusedConnection],
    ["breaks the connection", brokenConnection],
    ["stands behind a proxy that has lost it", () => new Response("bad gateway", { status: 502 })],
    ["has lost its store", problem(503, "store-unavailable")],
  ])("a read is asked again where the gateway %s in the midst of a command", async (_, fault) => {
    const { records, requests, waits } = gateway(answered, fault, fault);
    await records.ask(ABOUT, null);
    expect(await records.ask(ABOUT, null)).toEqual({});
    expect(requests).toHaveLength(4);
    expect(waits).toEqual(["away 1000", "away 2000"]);
  });

  test("a write is asked again only where no gateway took it: it may have been done", async () => {
    const restarting = gateway(answered, refusedConnection);
    await restarting.records.ask(ABOUT, null);
    expect(await restarting.records.ask(WRITE, RUN)).toEqual({});

    for (const fault of [brokenConnection, problem(503, "store-unavailable")]) {
      const { records, requests } = gateway(answered, fault);
      await records.ask(ABOUT, null);
      await expect(records.ask(WRITE, RUN)).rejects.toThrow();
      expect(requests).toHaveLength(2);
    }
  });

  test("a read beside a line for the audit is asked again: most reads of a run have one", async () => {
    const { records, requests } = gateway(answered, brokenConnection);
    await records.ask(ABOUT, null);
    await Promise.all([TELL, END, ABOUT].map((call) => records.ask(call, RUN)));
    expect(requests).toEqual([1, 3, 3]);
  });

  test("a gateway that never answered is not waited for, and one that stays away ends the command", async () => {
    const wrong = gateway(refusedConnection);
    await expect(wrong.records.ask(ABOUT, null)).rejects.toThrow(AdapterError);
    expect(wrong.requests).toHaveLength(1);

    const gone = gateway(answered, ...Array(20).fill(refusedConnection));
    await gone.records.ask(ABOUT, null);
    await expect(gone.records.ask(ABOUT, null)).rejects.toThrow(AdapterError);
    expect(gone.requests).toHaveLength(1 + 1 + gone.waits.length);
  });

  test("a write that the limit refused was not made, and is asked again after the wait", async () => {
    const limited = problem(429, "rate-limited", { "Retry-After": "7" });
    const { records, requests, waits } = gateway(limited, limited);
    expect(await records.ask(WRITE, RUN)).toEqual({});
    expect([requests.length, waits]).toEqual([3, ["limit 7000", "limit 7000"]]);
  });

  test("another problem ends the command: a token that was withdrawn, records that were turned off", async () => {
    for (const [status, code] of [
      [401, "token-invalid"],
      [404, "not-found"],
    ] as const) {
      const { records } = gateway(answered, problem(status, code));
      await records.ask(ABOUT, null);
      await expect(records.ask(ABOUT, null)).rejects.toThrow(new RefusedByGateway(code));
    }
  });

  test("an answer with fewer parts than were asked for is a failure for the calls that have none", async () => {
    const { records } = gateway(() => good(1));
    const [first, second] = await Promise.allSettled([
      records.ask(ABOUT, null),
      records.ask(ABOUT, null),
    ]);
    expect([first?.status, second?.status]).toEqual(["fulfilled", "rejected"]);
  });

  test("calls share a request as long as they fit into two megabytes, and all are answered", async () => {
    const { records, requests } = gateway();
    const large = { call: "find-users", query: { ids: Array(300_000 / 10).fill("अ".repeat(8)) } };
    const asked = Array.from({ length: 5 }, () => records.ask(large as RecordsCall, null));
    expect(await Promise.all([...asked, records.ask(ABOUT, null)])).toHaveLength(6);
    expect(requests).toEqual([1, 1, 1, 1, 2]);
  });

  test("a thousand calls at once are answered in their order, request after request", async () => {
    const { records, requests } = gateway();
    await Promise.all(Array.from({ length: 1_000 }, () => records.ask(ABOUT, null)));
    expect(requests).toHaveLength(32);
    expect(requests.reduce((sum, count) => sum + count, 0)).toBe(1_000);
  });
});
