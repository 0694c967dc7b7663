import { describe, expect, it } from "vitest";
import { patientPost } from "../../../../src/adapters/twilio/patient-post.ts";
import type { TwilioAnswer, TwilioLost } from "../../../../src/adapters/twilio/transport.ts";

const REQUEST = { product: "api", path: "/", form: {} } as const;
const REFUSED: TwilioLost = { kind: "lost", reason: "network", neverLeft: true, detail: null };
const BUSY = (retryAfterMs: number | null): TwilioAnswer => ({
  kind: "answered",
  status: 429,
  body: null,
  retryAfterMs,
});

/** Posts against a Twilio that always answers so, each try taking `tryMs`. */
async function post(answer: TwilioAnswer, { tryMs = 0, random = 0, timeoutMs = 8_000 } = {}) {
  let time = 0;
  const timeouts: number[] = [];
  const waits: number[] = [];
  const transport = {
    post: async (_: unknown, ms: number) => {
      timeouts.push(ms);
      time += tryMs;
      return answer;
    },
  };
  const runtime = {
    now: () => time,
    sleep: async (ms: number) => {
      waits.push(ms);
      time += ms;
    },
    randomBytes: (length: number) => new Uint8Array(length).fill(random),
  };
  const result = await patientPost({ transport, runtime, timeoutMs }, REQUEST);
  return { result, time, timeouts, waits };
}

describe("repeated tries", () => {
  it("repeated tries are two at most, with a doubling wait", async () => {
    expect(await post(REFUSED)).toMatchObject({ waits: [125, 250], result: REFUSED });
  });

  it("repeated tries wait at random between half of it and all", async () => {
    expect((await post(REFUSED, { random: 255 })).waits).toEqual([250, 500]);
  });

  it("repeated tries share one time-out", async () => {
    expect((await post(REFUSED, { tryMs: 2_000 })).timeouts).toEqual([8_000, 5_875, 3_625]);
  });

  it("repeated tries are not made with less than a second left", async () => {
    const { time, timeouts } = await post(REFUSED, { tryMs: 6_950 });
    expect(timeouts).toEqual([8_000]);
    expect(time).toBe(6_950);
  });

  it("repeated tries wait as long as Twilio asks for, and are left where that is too long", async () => {
    expect((await post(BUSY(2_000))).waits).toEqual([2_125, 2_250]);
    expect((await post(BUSY(60_000))).waits).toEqual([]);
  });
});
