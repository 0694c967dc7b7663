import { describe, expect, it } from "vitest";
import { askObject } from "../../../src/adapters/durable/ask-object.ts";
import type { StateCalls } from "../../../src/adapters/durable/objects/state-object.ts";
import { type Outcome, outcomeOf } from "../../../src/adapters/durable/outcome.ts";
import { durableState } from "../../../src/adapters/durable/state.ts";
import { ok } from "../../../src/core/result.ts";
import { AdapterError } from "../../../src/ports/adapter-error.ts";
import { expectUnavailable } from "../../contract/state/promise.ts";

/** What the platform throws, with the marks that it sets. */
const platformError = (marks: object) => Object.assign(new Error("internal +919876500001"), marks);

/** Fails with these, one after another, and then answers. */
function failing(...errors: readonly unknown[]) {
  let asked = 0;
  const send = async (): Promise<Outcome<string>> => {
    const error = errors[asked++];
    if (error !== undefined) throw error;
    return ok("answer");
  };
  return { send, asked: () => asked };
}

describe("a question to a Durable Object", () => {
  it("a question to a Durable Object is asked once more where the platform says that the failure passes", async () => {
    const { asked, send } = failing(platformError({ retryable: true }));
    expect(await askObject("read", { repeatable: true }, send)).toBe("answer");
    expect(asked()).toBe(2);
  });

  it.each([
    ["that is not to be repeated", false, { retryable: true }],
    ["whose failure is for good", true, {}],
    ["whose object has too much to do", true, { retryable: true, overloaded: true }],
  ])("a question to a Durable Object: %s is asked once", async (_, repeatable, marks) => {
    const { asked, send } = failing(platformError(marks));
    await expectUnavailable({ ask: () => askObject("write", { repeatable }, send) });
    expect(asked()).toBe(1);
  });

  it("a question to a Durable Object is asked twice at most", async () => {
    const passing = platformError({ retryable: true });
    const { asked, send } = failing(passing, passing, passing);
    await expectUnavailable({ ask: () => askObject("read", { repeatable: true }, send) });
    expect(asked()).toBe(2);
  });

  it("a question to a Durable Object is waited for no longer than its deadline", async () => {
    const never = () => new Promise<never>(() => undefined);
    const options = { repeatable: true, deadlineMs: 20 };
    await expectUnavailable({ ask: () => askObject("read", options, never) });
  });

  it("a question to a Durable Object repeats no compare-and-set: done twice it would look like a lost race", async () => {
    const calls: string[] = [];
    const broken = (name: string) => async () => {
      calls.push(name);
      throw platformError({ retryable: true });
    };
    const object = { read: broken("read"), write: broken("write"), remove: broken("remove") };
    const state = durableState({
      idFromName: (name) => name,
      get: () => object as Partial<StateCalls> as StateCalls,
    });
    await expectUnavailable({
      read: () => state.read("phone/a"),
      write: () => state.write("phone/a", 1, { expect: null, expiresAt: 1 }),
      remove: () => state.remove("phone/a", { expect: "1" }),
    });
    expect(calls).toEqual(["read", "read", "write", "remove"]);
  });
});

describe("what an object throws", () => {
  const thrownBy = async (error: unknown): Promise<unknown> => {
    const send = () => outcomeOf("change-user", () => Promise.reject(error));
    const copied = async () => structuredClone(await send());
    return askObject("change-user", { repeatable: true }, copied).catch((thrown) => thrown);
  };

  it("what an object throws keeps adapter, operation and kind across RPC, and the cause's name alone", async () => {
    const cause = Object.assign(new RangeError("E11000 { email: a@b.example }"), { code: "X1" });
    for (const kind of ["unavailable", "failed"] as const) {
      const thrown = await thrownBy(new AdapterError("mongo", "find-users", kind, { cause }));
      expect(thrown).toBeInstanceOf(AdapterError);
      expect(thrown).toMatchObject({ adapter: "mongo", operation: "find-users", kind });
      const inner = (thrown as AdapterError).cause as Error;
      expect([inner.name, inner.message]).toEqual(["RangeError X1", "thrown in a Durable Object"]);
    }
  });

  it("what an object throws is a TypeError for what must not be asked, and a failure for anything else", async () => {
    expect(await thrownBy(new TypeError("an empty phone"))).toBeInstanceOf(TypeError);
    for (const error of [new Error("a@b.example"), "a text", null]) {
      const thrown = await thrownBy(error);
      expect(thrown).toMatchObject({ kind: "failed", message: "durable change-user failed" });
      expect(String((thrown as AdapterError).cause)).not.toContain("a@b");
    }
  });
});
