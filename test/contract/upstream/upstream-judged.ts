import { expect } from "vitest";
import { fail, ok } from "../../../src/core/result.ts";
import { SharedRoom } from "../../../src/core/shared-room.ts";
import { type AnswerPlan, type Head, NO_ROOM } from "../../../src/ports/upstream.ts";
import { freeRoom } from "../../support/proxy/free-room.ts";
import { rawAnswer } from "../../support/proxy/raw-upstream.ts";
import type { Promised } from "../state/promise.ts";
import { ask, BRIEF_MS, type MakeUpstream, withRaw } from "./upstream-instance.ts";

type Judge = Extract<AnswerPlan, { kind: "buffer" }>["judge"];

const judgedBy =
  (judge: Judge, maxBytes = 100) =>
  (): AnswerPlan => ({ kind: "buffer", maxBytes, room: freeRoom(), judge });
const unjudgeable = { failure: { reason: "upstream-unreachable", cause: "unjudgeable-answer" } };
const broken = { failure: { reason: "upstream-unreachable", cause: "broken-answer" } };

/** A door whose answers of this body are judged in a room of so many bytes. */
async function withRoom(make: MakeUpstream, bytes: number, body: string) {
  const bounds = { all: bytes, share: bytes, open: bytes, goodMs: 60_000 };
  const room = new SharedRoom(bounds, Date.now);
  const { door } = await withRaw(make, ({ socket }) => socket.write(rawAnswer(body)), {
    plan: (head) => ({
      kind: "buffer",
      maxBytes: 1_000_000,
      room: room.hold("client"),
      judge: async (judged) => ok({ head, body: judged }),
    }),
  });
  return { door, room };
}

export function declareJudged(promised: Promised, make: MakeUpstream): void {
  promised("answers with what the judge makes of the whole body", async () => {
    const plan = (head: Head): AnswerPlan => ({
      kind: "buffer",
      maxBytes: 100,
      room: freeRoom(),
      judge: async (body) => {
        const text = new TextDecoder().decode(body);
        const shorter = new TextEncoder().encode(text.replace("secret", ""));
        return ok({ head: { ...head, status: 203 }, body: shorter });
      },
    });
    const { door } = await withRaw(
      make,
      ({ socket }) => {
        socket.write("HTTP/1.1 200 OK\r\nX-A: 1\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n");
        socket.write('Content-Length: 13\r\n\r\n{"a":');
        setImmediate(() => socket.write("secret1}"));
      },
      { plan },
    );
    const answer = await ask(door);
    expect([answer.status, answer.body.toString()]).toEqual([203, '{"a":1}']);
    expect(answer.headers).toMatchObject({
      "x-a": "1",
      "set-cookie": ["a", "b"],
      "content-length": "7",
    });
  });

  promised("reads as many bytes as it may and not one more", async () => {
    const lengths: number[] = [];
    const judge: Judge = async (body) => {
      lengths.push(body.length);
      return ok({ head: { status: 200, headers: [] }, body });
    };
    const { door } = await withRaw(
      make,
      ({ head, socket }) => {
        const size = Number(/ \/(\d+)/.exec(head)?.[1]);
        socket.write(rawAnswer("x".repeat(size)));
      },
      { plan: judgedBy(judge) },
    );
    expect((await ask(door, "GET", "/100")).body).toHaveLength(100);
    expect((await ask(door, "GET", "/101")).status).toBe(502);
    expect(lengths).toEqual([100]);
    expect(door.outcomes).toEqual([{ status: 200 }, unjudgeable]);
  });

  promised("leaves an endless answer as soon as it is too large", async () => {
    let over: () => void = () => undefined;
    const left = new Promise<void>((resolve) => {
      over = resolve;
    });
    const { door } = await withRaw(
      make,
      ({ socket }) => {
        socket.once("close", over);
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        const more = () => {
          while (socket.write(`1000\r\n${"x".repeat(0x1000)}\r\n`));
        };
        socket.on("drain", more);
        more();
      },
      { plan: judgedBy(async () => fail({ reason: "request-malformed" })) },
    );
    expect((await ask(door)).status).toBe(502);
    await left;
    expect(door.outcomes).toEqual([unjudgeable]);
  });

  promised("gives the judge's refusal as the failure, and none of the answer", async () => {
    const { door } = await withRaw(make, ({ socket }) => socket.write(rawAnswer("token")), {
      plan: judgedBy(async () => fail({ reason: "request-malformed" })),
    });
    expect((await ask(door)).body.toString()).not.toContain("token");
    expect(door.outcomes).toEqual([{ failure: { reason: "request-malformed" } }]);
  });

  promised("judges an answer without a body as one of no bytes", async () => {
    const { door } = await withRaw(
      make,
      ({ head, socket }) => {
        const status = head.startsWith("HEAD") ? "200 OK" : (/ \/(\d+)/.exec(head)?.[1] ?? "");
        const length = status === "200 OK" ? "Content-Length: 9\r\n" : "";
        socket.write(`HTTP/1.1 ${status}\r\n${length}X-A: 1\r\n\r\n`);
      },
      {
        plan: (head) => ({
          kind: "buffer",
          maxBytes: 5,
          room: freeRoom(),
          judge: async (body) => ok({ head, body: body.length === 0 ? null : body }),
        }),
      },
    );
    expect((await ask(door, "HEAD")).status).toBe(200);
    for (const status of [204, 304])
      expect((await ask(door, "GET", `/${status}`)).status).toBe(status);
  });

  promised("refuses an answer that finds no room, and gives back what it held", async () => {
    const { door, room } = await withRoom(make, 10, "x".repeat(11));
    expect((await ask(door)).status).toBe(429);
    expect(door.outcomes).toEqual([{ failure: NO_ROOM }]);
    expect(room.hold("others").take(10)).toBe(true);
  });

  promised("gives its room back when the answer is with the client", async () => {
    const { door, room } = await withRoom(make, 300_000, "x".repeat(200_000));
    for (let n = 0; n < 3; n++) expect((await ask(door)).body.length).toBe(200_000);
    expect(room.hold("others").take(300_000)).toBe(true);
  });

  promised("fails where the body breaks off or stops before it is whole", async () => {
    const answers: unknown[] = [];
    const plan = judgedBy(async (body) => {
      answers.push(body);
      return fail({ reason: "request-malformed" });
    });
    const { door } = await withRaw(
      make,
      ({ head, socket }) => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf of ", () => {
          if (head.startsWith("GET /cut")) socket.destroy();
        });
      },
      { plan, timeoutMs: BRIEF_MS },
    );
    expect((await ask(door, "GET", "/cut")).status).toBe(502);
    expect((await ask(door, "GET", "/stop")).status).toBe(504);
    expect(door.outcomes).toEqual([broken, { failure: { reason: "upstream-timeout" } }]);
    expect(answers).toEqual([]);
  });

  promised("throws what the plan or the judge throws, and shows none of the answer", async () => {
    const plans: readonly (() => AnswerPlan)[] = [
      () => {
        throw new RangeError("plan");
      },
      judgedBy(() => Promise.reject(new RangeError("judge"))),
    ];
    for (const plan of plans) {
      const { door } = await withRaw(make, ({ socket }) => socket.write(rawAnswer("secret")), {
        plan,
      });
      const answer = await ask(door);
      expect([answer.status, answer.body.toString()]).toEqual([500, "internal"]);
      expect(door.outcomes).toEqual([{ thrown: expect.any(RangeError) }]);
    }
  });

  promised("throws where a head cannot be written, and writes none of it", async () => {
    const fields = [
      ["x-a", "1\r\nset-cookie: evil=1"],
      ["x-a", "1\nset-cookie: evil=1"],
      ["x-a", "a\0b"],
      ["x-a", "\u0926"],
      ["x a", "1"],
      ["x-a: 1\r\nx-b", "1"],
    ] as const;
    for (const field of fields) {
      const head: Head = { status: 200, headers: [["x-first", "1"], field] };
      const plans: readonly (() => AnswerPlan)[] = [
        () => ({ kind: "stream", head }),
        judgedBy(async (body) => ok({ head, body })),
      ];
      for (const plan of plans) {
        const { door } = await withRaw(make, ({ socket }) => socket.write(rawAnswer("x")), {
          plan,
        });
        const answer = await ask(door);
        expect([answer.status, answer.headers["x-first"]]).toEqual([500, undefined]);
        expect(door.outcomes).toEqual([{ thrown: expect.any(Error) }]);
      }
    }
  });
}
