import { afterAll, beforeAll } from "vitest";
import { parseTypedPhone } from "../../src/core/phone/phone.ts";
import type { OutboxMessage } from "../../src/ports/sms.ts";
import type { LoginPlace } from "../support/gateway/client.ts";
import { loaded } from "../support/gateway/load-settings.ts";
import { type MongoData, mongoData } from "../support/stores/mongo-data.ts";
import { findMongo, type MongoServer } from "../support/stores/mongo-server.ts";
import { describeWith } from "../support/stores/service.ts";
import { startTwilio, type TwilioStandIn } from "../support/twilio/twilio-stand-in.ts";
import { type EdgeWorker, productionVars, startWorker } from "./edge-worker.ts";

type Env = Readonly<Record<string, string>>;

/** Budgets that no test of something else comes near. */
const UNLIMITED: Env = {
  OTP_SENDS_PER_PHONE: "1000000/1h",
  OTP_SENDS_PER_DEVICE: "1000000/1h",
  LIMIT_OTP_PER_ADDRESS: "1000000/1h",
  LIMIT_VERIFY_PER_ADDRESS: "1000000/1h",
  LIMIT_TOKEN_PER_SESSION: "1000000/1h",
  LIMIT_SENDS_PER_SERVICE: "1000000/1h",
  LIMIT_FAILURES_PER_SERVICE: "1000000/1h",
};

/** The built Worker in production, its directory in MongoDB, its messages at the stand-in. */
export interface EdgePlace extends LoginPlace {
  readonly worker: EdgeWorker;
  readonly mongo: MongoData;
  readonly twilio: TwilioStandIn;
  stop(): Promise<void>;
}

/** A suite that needs a MongoDB server; skipped, with the reason, where none can be had. */
export function describeEdge(name: string, body: () => void): void {
  const found = findMongo();
  describeWith("MongoDB", "reason" in found ? found.reason : null, name, body);
}

export interface EdgeOptions {
  readonly env?: Env;
  /** What the Worker is to connect to, in place of the server itself. */
  through?(server: MongoServer): Promise<{ readonly url: string; stop(): Promise<unknown> }>;
}

/** One Worker for all tests of a `describe`. */
export function sharedPlace(options: EdgeOptions = {}): () => EdgePlace {
  let place: EdgePlace;
  beforeAll(async () => {
    place = await openPlace(options);
  }, 120_000);
  afterAll(() => place.stop());
  return () => place;
}

/** A Worker with a MongoDB server and a Twilio of its own. */
export async function openPlace({ env = {}, through }: EdgeOptions = {}): Promise<EdgePlace> {
  const cleanups: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const cleanup of cleanups.splice(0)) await cleanup();
  };
  try {
    const found = findMongo();
    if ("reason" in found) throw new Error(found.reason);
    const server = await found.start();
    cleanups.unshift(server.stop);
    const near = (await through?.(server)) ?? { url: server.url, stop: async () => undefined };
    cleanups.unshift(near.stop);
    let worker: EdgeWorker | null = null;
    const twilio = await startTwilio({
      reach: async (url, init) => {
        const { pathname, search } = new URL(url);
        if (worker === null) throw new Error("no Worker yet");
        return worker.request(pathname + search, init);
      },
    });
    cleanups.unshift(twilio.stop);
    const mongo = mongoData(server.url);
    cleanups.unshift(mongo.close);
    const vars = { ...productionVars(near.url, twilio.url), ...UNLIMITED, ...env };
    worker = await startWorker(vars);
    cleanups.unshift(worker.stop);
    return placeOf({ worker, mongo, twilio, stop }, vars);
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * The place for whose customers are spelled so that an index lists them: a code that is out is all
 * that its request came to, and the search that follows it, half a second later, finds nothing.
 */
export function withoutSearch(place: EdgePlace): EdgePlace {
  const { twilio, worker } = place;
  const [begun, before] = [worker.deliveries(), twilio.accepted.length];
  const isSent = () => twilio.accepted.length - before >= worker.deliveries() - begun;
  return { ...place, runtime: { settle: () => worker.settle(isSent) } };
}

function placeOf(
  parts: Pick<EdgePlace, "worker" | "mongo" | "twilio" | "stop">,
  vars: Env,
): EdgePlace {
  const { twilio, worker } = parts;
  const { settings } = loaded(vars, { runtime: "workers" });
  return {
    ...parts,
    settings,
    app: { request: (path, init) => worker.request(path, init) },
    runtime: { settle: () => worker.settle() },
    outbox: { latest: () => [...twilio.accepted].reverse().map(asMessage) },
  };
}

/** What a person got, as the console sender would have kept it. */
const asMessage = ({ channel, code, to }: TwilioStandIn["accepted"][number]): OutboxMessage => ({
  channel,
  code,
  locale: "en",
  text: code,
  reference: "",
  sentAt: 0,
  to: parseTypedPhone(to, { allowedCountries: ["IN"], defaultRegion: "IN" }) ?? failed(to),
});

function failed(to: string): never {
  throw new Error(`not a phone that is served: ${to}`);
}
