import { expect, test } from "vitest";
import { createApp } from "../../../src/http/create-app.ts";
import { homePage } from "../../../src/runtimes/node/home-page.ts";
import type { CompleteSettings } from "../../../src/runtimes/shared/complete-settings.ts";
import { call, post } from "../../support/gateway/client.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";

const PERSON = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const [PHONE, OTHER] = ["9876543210", "9876543211"];

const customer = (id: string, phone: string) => ({ id, phone, name: id, status: "active" });
/** A message leaves only for a phone that belongs to a customer. */
const withTwo = () =>
  testGateway({
    documents: { users: [], customers_v2: [customer("c-1", PHONE), customer("c-2", OTHER)] },
  });

test("a person who opens the gateway in development reads what to try, and where the codes are", async () => {
  const { settings, site, ...gateway } = await testGateway();
  const place = { ...settings, environment: "development" } as CompleteSettings;
  const page = await homePage(place);
  const dependencies = { peerOf: () => "127.0.0.1", rawHeadOf: () => null, backend: null };
  const app = createApp({ ...gateway, ...dependencies, site: { ...site, homePage: page } });
  const { body, headers, status } = await call({ app }, "GET", "/", undefined, PERSON);
  expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  for (const text of ["9876500001", "Asha Rao", 'href="/dev/outbox"', 'href="/openapi.json"']) {
    expect(body).toContain(text);
  }
  const mongo = { ...place, store: { ...place.store, mongoUrl: "mongodb://localhost/e" } };
  expect(await homePage(mongo)).not.toMatch(/Sample|98765/);
  expect(await homePage({ ...place, environment: "production" })).toBeNull();
});

test("a person who opens the gateway in production comes to the login page, and reads nothing else of it", async () => {
  const { site, ...gateway } = await testGateway();
  const dependencies = { peerOf: () => "127.0.0.1", rawHeadOf: () => null, backend: null };
  const app = createApp({ ...gateway, ...dependencies, site: { ...site, outbox: null } });
  const { body, headers, status } = await call({ app }, "GET", "/", undefined, PERSON);
  expect([status, headers.get("location"), body]).toEqual([303, "/login", ""]);
  const page = await call({ app }, "GET", "/login", undefined, PERSON);
  expect(page.body.replace(/<(style|script)>.*?<\/\1>/gs, "")).not.toMatch(
    /doorstep|outbox|\d\.\d/i,
  );
});

test.each([["application/json"], ["*/*"]])(
  "a client that accepts %s gets a problem at /, as at any path that is not there",
  async (accept) => {
    const gateway = await testGateway();
    const { body, headers, status } = await call(gateway, "GET", "/", undefined, { accept });
    expect([status, headers.get("content-type"), body.code]).toEqual([
      ...[404, "application/problem+json", "not-found"],
    ]);
  },
);

test("the outbox waits for a message that is on its way", async () => {
  const gateway = await withTwo();
  const waiting = call(gateway, "GET", "/dev/outbox?wait=5");
  await post(gateway, "/auth/otp", { phone: PHONE });
  await gateway.runtime.settle();
  expect((await waiting).body.messages).toMatchObject([{ to: `+91${PHONE}` }]);
});

test("the outbox shows a message at once that came before the reader, and then waits for another", async () => {
  const gateway = await withTwo();
  await post(gateway, "/auth/otp", { phone: PHONE });
  await gateway.runtime.settle();
  expect((await call(gateway, "GET", "/dev/outbox?wait=5")).body.messages).toHaveLength(1);
  const waiting = call(gateway, "GET", "/dev/outbox?wait=5");
  await post(gateway, "/auth/otp", { phone: OTHER });
  await gateway.runtime.settle();
  expect((await waiting).body.messages).toHaveLength(2);
});

test("the outbox shows the fields that are listed, whatever else a message holds", async () => {
  const { site, ...gateway } = await withTwo();
  await post(gateway, "/auth/otp", { phone: PHONE });
  await gateway.runtime.settle();
  const [message] = gateway.outbox.latest();
  if (message === undefined) throw new Error("no message");
  const outbox = { latest: () => [{ ...message, seed: "SECRET" }], takeNews: () => false };
  const dependencies = { peerOf: () => "127.0.0.1", rawHeadOf: () => null, backend: null };
  const app = createApp({ ...gateway, ...dependencies, site: { ...site, outbox } });
  const { body } = await call({ app }, "GET", "/dev/outbox");
  const names = ["channel", "code", "locale", "sent_at", "text", "to"];
  expect(Object.keys(body.messages[0]).sort()).toEqual(names);
});

test("the outbox gives up when the time is over, and waits for nobody who does not ask for it", async () => {
  const gateway = await withTwo();
  const waiting = call(gateway, "GET", "/dev/outbox?wait=5");
  gateway.clock.advance(5_000);
  expect((await waiting).body).toEqual({ messages: [] });
  for (const query of ["", "?wait=", "?wait=-1", "?wait=1e9", "?wait=60", "?wait=x"]) {
    expect((await call(gateway, "GET", `/dev/outbox${query}`)).body, query).toEqual({
      messages: [],
    });
  }
});
