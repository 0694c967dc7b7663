import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { DirectoryRemote } from "../../../src/adapters/durable/directory-calls.ts";
import { CeilingsObject } from "../../../src/adapters/durable/objects/ceilings-object.ts";
import type { ObjectContext, ObjectNamespace } from "../../../src/adapters/durable/platform.ts";
import type { OpenProvider } from "../../../src/ports/sms.ts";
import { workerHandler } from "../../../src/runtimes/worker/worker-handler.ts";
import { generateKeys } from "../../../src/tokens/generate-keys.ts";
import { workerVars } from "../../support/gateway/worker-vars.ts";

const REGION = "weur";
const NOWHERE = "http://127.0.0.1:9";

/** Each question for an object: the namespace's name and the hint. */
type Asked = [namespace: string, hint: string | undefined][];

function recorded<Remote>(namespace: ObjectNamespace<Remote>, name: string, asked: Asked) {
  const watched: ObjectNamespace<Remote> = {
    idFromName: (object) => namespace.idFromName(object),
    get(id, options) {
      asked.push([name, options?.locationHint]);
      return namespace.get(id);
    },
  };
  return watched;
}

const NO_SENDER: OpenProvider = {
  sender: {
    channels: () => ["sms"],
    available: () => true,
    send: async () => ({ ok: true, value: { id: "none" } }),
  } as never,
  deliveryReports: null,
  voiceCalls: null,
  outbox: null,
  readReport: null,
};

it("every namespace is asked with the region of OBJECT_LOCATION, whatever is asked", async () => {
  const asked: Asked = [];
  const objects = {
    STATE: recorded(env.STATE, "STATE", asked),
    LIMITS: recorded(env.LIMITS, "LIMITS", asked),
    CEILINGS: recorded(env.CEILINGS, "CEILINGS", asked),
    DIRECTORY: recorded<DirectoryRemote>(env.CRASHING as never, "DIRECTORY", asked),
  };
  const vars = workerVars(await generateKeys(), "mongodb://127.0.0.1:9/earlybird", NOWHERE);
  const worker = workerHandler({
    environment: "production",
    partsOf: () => ({ objects, directoryObjects: 8, openSender: () => NO_SENDER }),
  });
  const ask = (path: string, init: RequestInit = {}) =>
    worker.fetch(new Request(`https://login.example.com${path}`, init), {
      ...vars,
      NODE_ENV: "production",
      OBJECT_LOCATION: REGION,
    } as never);
  const post = (path: string, body: object) =>
    ask(path, {
      method: "POST",
      headers: { "content-type": "application/json", "cf-connecting-ip": "192.0.2.1" },
      body: JSON.stringify(body),
    });
  const { status } = await post("/auth/otp", { phone: "9876500001" });
  expect([202, 503]).toContain(status);
  await ask("/readyz");
  await post("/auth/otp/verify", { challenge_id: "none", code: "000000" });
  expect(new Set(asked.map(([name]) => name))).toEqual(new Set(Object.keys(objects)));
  expect(asked.filter(([, hint]) => hint !== REGION)).toEqual([]);
});

it("a network's object makes the service's object in the same region", async () => {
  const asked: Asked = [];
  const object = env.CEILINGS.get(env.CEILINGS.idFromName(crypto.randomUUID())) as never;
  await runInDurableObject(object, async (_, ctx: ObjectContext) => {
    const objects = { CEILINGS: recorded(env.CEILINGS, "CEILINGS", asked) };
    const network = new CeilingsObject(ctx as never, objects);
    const at = Date.now();
    const windows = [{ limit: 9, windowMs: 60_000, endsAt: at + 60_000 }];
    const event = { name: "requests", address: "a", at, service: crypto.randomUUID() } as const;
    await network.take({ ...event, windows, locationHint: REGION });
  });
  expect(asked).toEqual([["CEILINGS", REGION]]);
});
