import { connect } from "cloudflare:sockets";
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import net from "node:net";
import { describe, expect, it } from "vitest";
import { durableLimits } from "../../../src/adapters/durable/limits.ts";
import { durableState } from "../../../src/adapters/durable/state.ts";
import { platformFault } from "../../../src/adapters/workerd/platform-fault.ts";
import { expectUnavailable } from "../../contract/state/promise.ts";
import { ownObjects } from "../own-objects.ts";

/** Nothing listens on this port. */
const NOBODY = 1;
const write = () => ({ expect: null, expiresAt: Date.now() + 60_000 });

const rejection = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error) => error,
  );

function nodeSocketError(host: string): Promise<unknown> {
  return new Promise((resolve) => net.connect(NOBODY, host).on("error", resolve));
}

function begin() {
  const { named, namespace } = ownObjects(env.STATE, env.CRASHING);
  return { named, state: durableState(namespace) };
}

describe("inside workerd", () => {
  it.each(["127.0.0.1", "no-such-host.invalid"])("a socket to %s is refused", async (host) => {
    const socket = connect({ hostname: host, port: NOBODY });
    const writer = socket.writable.getWriter();
    const errors = await Promise.all([
      rejection(socket.opened),
      rejection(socket.closed),
      rejection(writer.write(new Uint8Array(1))),
      nodeSocketError(host),
    ]);
    for (const error of errors) {
      expect(platformFault(error)?.word).toBe("connection-refused");
    }
  });

  it("a request to where nobody listens, or to no host, is a fault of the platform", async () => {
    const lost = await rejection(fetch(`http://127.0.0.1:${NOBODY}/`));
    expect(platformFault(lost)?.word).toBe("connection-lost");
    const unknown = await rejection(fetch("http://no-such-host.invalid/"));
    expect(platformFault(unknown)?.word).toBe("internal");
  });

  it("an object that was reset is asked anew and answers", async () => {
    const { named, state } = begin();
    await state.write("phone/a", 1, write());
    const aborted = runInDurableObject(named("phone/a"), (_, ctx) => ctx.abort("gone"));
    expect(platformFault(await rejection(aborted))?.word).toBe("object-reset");
    expect(await state.read("phone/a")).toMatchObject({ value: 1 });
  });

  it("a full storage or a spent quota of the limits is found by their check, and is `unavailable`", async () => {
    const objects = ownObjects(env.LIMITS, env.CRASHING);
    const limits = durableLimits(objects.namespace, {}, async (key) => key, { now: Date.now });
    await limits.check();
    await runInDurableObject(objects.named("check"), (_, { storage: { kv } }) => {
      const put = () => {
        throw new Error("Exceeded allowed rows written in Durable Objects free tier.");
      };
      Object.defineProperty(kv, "put", { value: put, configurable: true });
    });
    await expectUnavailable({ check: () => limits.check() });
  });

  it("a full storage or a spent quota is `unavailable`, so that the answer is 503 and no 500", async () => {
    const { named, state } = begin();
    for (const text of [
      "database or disk is full: SQLITE_FULL",
      "Exceeded allowed rows written in Durable Objects free tier.",
    ]) {
      await runInDurableObject(named("phone/b"), (_, { storage: { kv } }) => {
        const put = () => {
          throw new Error(text);
        };
        Object.defineProperty(kv, "put", { value: put, configurable: true });
      });
      await expectUnavailable({ write: () => state.write("phone/b", 1, write()) });
    }
  });
});
