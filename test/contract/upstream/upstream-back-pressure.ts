import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { expect } from "vitest";
import type { Promised } from "../state/promise.ts";
import { atRest, type MakeUpstream, withNode } from "./upstream-instance.ts";

const MIB = 2 ** 20;
/** More than the kernel's buffers and every stream between hold together. */
const HELD_AT_MOST = 16 * MIB;
const LARGE = 64 * MIB;

export function declareBackPressure(promised: Promised, make: MakeUpstream): void {
  promised("takes from the upstream only what the client takes", async () => {
    let taken = 0;
    const chunk = Buffer.alloc(64 * 1024, "x");
    const door = await withNode(make, (_, outgoing) => {
      const more = () => {
        for (let fits = true; fits && taken < LARGE; ) {
          taken += chunk.length;
          fits = outgoing.write(chunk);
        }
        if (taken >= LARGE) outgoing.end();
      };
      outgoing.on("drain", more);
      more();
    });
    const sent = request({ port: door.port, host: "127.0.0.1", agent: false }).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    const held = await atRest(() => taken);
    console.log(`an answer that nobody reads: ${(held / MIB).toFixed(1)} MiB on the way`);
    expect(held).toBeLessThan(HELD_AT_MOST);
    let received = 0;
    for await (const bytes of answer) received += (bytes as Buffer).length;
    expect(received).toBe(LARGE);
  });

  promised("takes from the client only what the upstream takes", async () => {
    let go: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    let received = 0;
    const door = await withNode(
      make,
      async (incoming, outgoing) => {
        await gone;
        for await (const bytes of incoming) received += (bytes as Buffer).length;
        outgoing.end("done");
      },
      { request: () => ({ maxBodyBytes: LARGE }) },
    );
    const sent = request({ port: door.port, host: "127.0.0.1", method: "POST", agent: false });
    sent.setHeader("content-length", LARGE);
    let taken = 0;
    const chunk = Buffer.alloc(64 * 1024, "x");
    const more = () => {
      for (let fits = true; fits && taken < LARGE; ) {
        taken += chunk.length;
        fits = sent.write(chunk);
      }
      if (taken >= LARGE) sent.end();
    };
    sent.on("drain", more);
    more();
    const held = await atRest(() => taken);
    console.log(`a body that nobody reads: ${(held / MIB).toFixed(1)} MiB on the way`);
    expect(held).toBeLessThan(HELD_AT_MOST);
    go();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    answer.resume();
    expect(received).toBe(LARGE);
  });
}
