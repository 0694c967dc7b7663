import { describe, expect, test } from "vitest";
import type { CustomerQuery } from "../../../src/ports/directory.ts";
import { customer } from "../../cases-extra/people.ts";
import { newestCode, post } from "../../support/gateway/client.ts";
import { BEHIND_A_PROXY, comeFrom } from "../../support/gateway/come-from.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem, retryAfter } from "../http/expect-problem.ts";

const phoneOf = (n: number): string => `98765${10_000 + n}`;
const KNOWN = phoneOf(0);
/** Each in a network of its own. */
const addressOf = (n: number): string => `203.0.${n}.7`;

/** A gateway with a directory that answers no look-up by phone until it is told to. */
async function withSlowDirectory() {
  const asked: (readonly (string | number)[])[] = [];
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const gateway = await testGateway({
    env: { ...BEHIND_A_PROXY },
    documents: { customers_v2: [customer("c-0", KNOWN)] },
    wrapDirectory: (directory) => ({
      ...directory,
      async findCustomers(query: Partial<CustomerQuery>) {
        if (query.phones !== undefined) {
          asked.push(query.phones);
          await opened;
        }
        return directory.findCustomers(query);
      },
    }),
  });
  return { asked, gateway, open };
}

const ask = (gateway: TestGateway, phone: string) => post(gateway, "/auth/otp", { phone });

const records = ({ file }: TestGateway): number =>
  Number(file.sql.all("SELECT count(*) AS n FROM state")[0]?.["n"]);

describe("look-ups that wait for a slow directory", () => {
  test("look-ups of one address are 100 at most: the next request is 429, and writes nothing", async () => {
    const { gateway, open } = await withSlowDirectory();
    const flood = comeFrom("198.51.100.66", gateway);
    for (let n = 1; n <= 100; n++) expect((await ask(flood, phoneOf(n))).status).toBe(202);
    const before = records(gateway);
    for (const phone of [KNOWN, phoneOf(130)]) {
      const refused = await ask(flood, phone);
      expectProblem(refused, 429, "rate-limited");
      expect(retryAfter(refused)).toBe(1);
    }
    expect(records(gateway)).toBe(before);
    expect((await ask(comeFrom("203.0.113.9", gateway), KNOWN)).status, "another source").toBe(202);
    open();
    await gateway.runtime.settle();
    expect(newestCode(gateway, KNOWN)).toBeDefined();
    expect((await ask(flood, phoneOf(131))).status, "the places are free again").toBe(202);
  });

  test("look-ups of one network are 200 at most, over all its addresses", async () => {
    const { gateway, open } = await withSlowDirectory();
    const from = (n: number) => comeFrom(`198.51.100.${n % 100}`, gateway);
    for (let n = 1; n <= 200; n++) expect((await ask(from(n), phoneOf(n))).status).toBe(202);
    expectProblem(await ask(from(201), phoneOf(201)), 429, "rate-limited");
    open();
    await gateway.runtime.settle();
  });

  test("look-ups of all sources are 1,000 at most: the next request is 503, known or unknown", async () => {
    const { gateway, open } = await withSlowDirectory();
    for (let n = 1; n <= 1_000; n++) {
      expect((await ask(comeFrom(addressOf(n % 250), gateway), phoneOf(n))).status).toBe(202);
    }
    const before = records(gateway);
    for (const phone of [KNOWN, phoneOf(1_100)]) {
      const refused = await ask(comeFrom("192.0.2.1", gateway), phone);
      expectProblem(refused, 503, "store-unavailable");
    }
    expect(records(gateway)).toBe(before);
    open();
    await gateway.runtime.settle();
    expect((await ask(comeFrom("192.0.2.1", gateway), KNOWN)).status).toBe(202);
  });

  test("look-ups go to the directory in batches of at most 20 phones, each phone once", async () => {
    const { asked, gateway, open } = await withSlowDirectory();
    await ask(gateway, phoneOf(100));
    await expect.poll(() => asked.length).toBe(1);
    for (let n = 1; n <= 25; n++) {
      await ask(gateway, phoneOf(n));
      await ask(gateway, phoneOf(n));
    }
    await ask(gateway, KNOWN);
    open();
    await gateway.runtime.settle();
    expect(asked).toHaveLength(3);
    for (const phones of asked) expect(new Set(phones).size).toBe(phones.length);
    expect(newestCode(gateway, KNOWN), "the batch finds its customer").toBeDefined();
  });

  test("a request that begins no look-up keeps no place", async () => {
    const { gateway, open } = await withSlowDirectory();
    const one = comeFrom("198.51.100.66", gateway);
    for (let n = 0; n < 150; n++) expect((await ask(one, phoneOf(1))).status).toBe(202);
    open();
    await gateway.runtime.settle();
  });

  test("a call that is asked for while the look-up for the message waits loses neither: each is sent once", async () => {
    const { gateway, open } = await withSlowDirectory();
    const { body } = await ask(gateway, KNOWN);
    const { challenge_id } = body;
    const call = { challenge_id, channel: "call" };
    expect((await post(gateway, "/auth/otp/resend", call)).status).toBe(202);
    open();
    await gateway.runtime.settle();
    const sent = gateway.outbox.latest().map(({ channel }) => channel);
    expect(sent.sort()).toEqual(["call", "sms"]);
  });
});
