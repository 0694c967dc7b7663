import { describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  askForCode,
  call,
  challengeFor,
  post,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import { compatSend, compatVerify } from "../../support/gateway/compat-client.ts";
import { type TestOptions, testGateway } from "../../support/gateway/test-gateway.ts";

const PHONE = "9876500001";
const UNKNOWN = "9876599999";
const documents = { customers_v2: [customer("c-1", PHONE)] };
/** All requests from one address, as of one customer's phone. */
const oneSource = (options: TestOptions = {}) =>
  testGateway({ documents, peer: "127.0.0.1", ...options });

describe("a double tap is one message", () => {
  test("two requests at once: its code works on whichever challenge the page holds", async () => {
    for (const held of [0, 1]) {
      const gateway = await oneSource();
      const asked = await Promise.all(
        [1, 2].map(() => post(gateway, "/auth/otp", { phone: PHONE })),
      );
      await gateway.runtime.settle();
      expect(asked.map(({ status }) => status)).toEqual([202, 202]);
      expect(gateway.outbox.latest()).toHaveLength(1);
      const [message] = gateway.outbox.latest();
      const { challenge_id } = asked[held]?.body ?? {};
      expect((await verify(gateway, challenge_id, message?.code ?? "")).status).toBe(200);
    }
  });

  test("both answers to a double tap look alike, as those for an unknown phone do", async () => {
    const gateway = await oneSource();
    const shapes: unknown[] = [];
    for (const phone of [PHONE, PHONE, UNKNOWN, UNKNOWN]) {
      const { body, status } = await askForCode(gateway, phone);
      const { challenge_id, ...rest } = body;
      shapes.push({ status, length: String(challenge_id).length, ...rest });
    }
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
    expect(gateway.outbox.latest()).toHaveLength(1);
  });

  test("a double tap is one message on the old web app too", async () => {
    const gateway = await oneSource();
    const sent = await Promise.all([1, 2].map(() => compatSend(gateway, PHONE)));
    await gateway.runtime.settle();
    expect(sent.map(({ status }) => status)).toEqual([200, 200]);
    expect(gateway.outbox.latest()).toHaveLength(1);
    const code = gateway.outbox.latest()[0]?.code ?? "";
    expect((await compatVerify(gateway, PHONE, code)).status).toBe(200);
  });

  test("a stranger's request from elsewhere never rides on the owner's code", async () => {
    const gateway = await testGateway({ documents });
    const owner = await challengeFor(gateway, PHONE);
    const { challenge_id } = (await askForCode(gateway, PHONE)).body;
    expect((await verify(gateway, challenge_id, owner.code)).status).toBe(400);
    expect((await verify(gateway, owner.challenge_id, owner.code)).status).toBe(200);
  });
});

describe("whoever guesses from one address", () => {
  test("a guesser at one address is stopped after five wrong codes, and locks nobody's phone", async () => {
    const gateway = await oneSource({ env: { OTP_SENDS_PER_PHONE: "1000/1h" } });
    const statuses: number[] = [];
    for (let round = 0; round < 6; round++) {
      const { challenge_id, code } = await challengeFor(gateway, PHONE);
      for (let n = 0; n < 4; n++) {
        statuses.push((await verify(gateway, challenge_id, wrongFor(code))).status);
      }
      gateway.clock.advance(10 * 60_000);
    }
    expect(statuses.filter((status) => status === 400)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(19);
  });

  test("the owner logs in elsewhere while a stranger guesses from one address", async () => {
    let peer = "192.0.2.1";
    const gateway = await testGateway({
      documents,
      env: { OTP_SENDS_PER_PHONE: "1000/1h", TRUSTED_PROXIES: "127.0.0.1" },
      peer: "127.0.0.1",
    });
    const send = (path: string, body: object) =>
      call(gateway, "POST", path, body, { "x-forwarded-for": peer });
    const ask = () => send("/auth/otp", { phone: PHONE });
    for (let round = 0; round < 8; round++) {
      const { challenge_id } = (await ask()).body;
      for (let n = 0; n < 5; n++) {
        await send("/auth/otp/verify", { challenge_id, code: "000000" });
      }
      gateway.clock.advance(10 * 60_000);
    }
    peer = "198.51.100.7";
    const { challenge_id } = (await ask()).body;
    await gateway.runtime.settle();
    const code = gateway.outbox.latest()[0]?.code ?? "";
    const shown = { challenge_id, code };
    const login = await send("/auth/otp/verify", shown);
    expect(login.status, JSON.stringify(login.body)).toBe(200);
  });

  test("a guesser at one address learns from its refusals nothing about the number", async () => {
    const seen: unknown[] = [];
    for (const phone of [PHONE, UNKNOWN]) {
      const gateway = await oneSource({ env: { OTP_SENDS_PER_PHONE: "1000/1h" } });
      const answers: unknown[] = [];
      for (let round = 0; round < 3; round++) {
        const { challenge_id } = (await askForCode(gateway, phone)).body;
        for (let n = 0; n < 3; n++) {
          const { body, headers, status } = await verify(gateway, challenge_id, "000000");
          const { instance, ...rest } = body;
          answers.push([status, rest, headers.get("retry-after"), typeof instance]);
        }
        gateway.clock.advance(60_000);
      }
      seen.push(answers);
    }
    expect(seen[0]).toEqual(seen[1]);
  });
});

describe("a code is looked up after the answer", () => {
  test("a code is looked up after the answer again by the next request on it, where the first look-up was lost with its process", async () => {
    const gateway = await oneSource();
    const { defer } = gateway.runtime;
    gateway.runtime.defer = () => undefined;
    await post(gateway, "/auth/otp", { phone: PHONE });
    gateway.runtime.defer = defer;
    gateway.clock.advance(5_000);
    const { challenge_id } = (await askForCode(gateway, PHONE)).body;
    const [message] = gateway.outbox.latest();
    expect(gateway.outbox.latest()).toHaveLength(1);
    expect((await verify(gateway, challenge_id, message?.code ?? "")).status).toBe(200);
  });
});
