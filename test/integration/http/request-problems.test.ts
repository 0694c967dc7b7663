import { describe, expect, test } from "vitest";
import { call, post, send } from "../../support/gateway/client.ts";
import { ofStores, recorder } from "../../support/gateway/recorder.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem } from "./expect-problem.ts";

const ports = recorder();
const gateway = await testGateway(ports.options);
const BODY_ROUTES = ["/auth/otp", "/auth/otp/resend", "/auth/otp/verify", "/auth/otp/select"];
const MEGABYTE = 1024 * 1024;

const postAs = (path: string, type: string | null, body: BodyInit, headers = {}) =>
  send(gateway, path, {
    method: "POST",
    body,
    duplex: "half",
    headers: { ...(type === null ? {} : { "content-type": type }), ...headers },
  } as RequestInit);

describe.each(BODY_ROUTES)("a body that POST %s cannot read", (path) => {
  test("broken JSON is malformed", async () => {
    for (const text of ["", "{", "{]", '{"phone":', "phone=9876543210", "\ufeff{", "NaN"]) {
      expectProblem(await postAs(path, "application/json", text), 400, "request-malformed");
    }
  });

  test("bytes that are no UTF-8 are malformed", async () => {
    const bytes = Uint8Array.from([...new TextEncoder().encode('{"phone":"'), 0xff, 0x22, 0x7d]);
    expectProblem(await postAs(path, "application/json", bytes), 400, "request-malformed");
    const utf16 = Uint8Array.from(Buffer.from('{"phone":"9876543210"}', "utf16le"));
    expectProblem(await postAs(path, "application/json", utf16), 400, "request-malformed");
  });

  test("a megabyte that says so is too large, and is not read", async () => {
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(4096));
      },
    });
    const declared = { "content-length": String(MEGABYTE) };
    const answer = await postAs(path, "application/json", body, declared);
    expectProblem(answer, 413, "payload-too-large");
    expect(pulled).toBeLessThanOrEqual(1);
  });

  test("a megabyte that does not say so is cut off early", async () => {
    let sent = 0;
    let cancelled = false;
    const body = new ReadableStream({
      pull(controller) {
        sent += 4096;
        controller.enqueue(new TextEncoder().encode(" ".repeat(4096)));
        if (sent >= MEGABYTE) controller.close();
      },
      cancel() {
        cancelled = true;
      },
    });
    expectProblem(await postAs(path, "application/json", body), 413, "payload-too-large");
    expect(cancelled).toBe(true);
    expect(sent).toBeLessThan(64 * 1024);
  });

  test("a length that lies is not believed", async () => {
    const answer = await postAs(path, "application/json", " ".repeat(MEGABYTE), {
      "content-length": "2",
    });
    expectProblem(answer, 413, "payload-too-large");
  });

  test("another media type is not guessed at, nor a missing one", async () => {
    const text = JSON.stringify({ phone: "9876543210" });
    const types = [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/merge-patch+json",
      "application/jsonp",
    ];
    for (const type of types) {
      expectProblem(await postAs(path, type, text), 415, "unsupported-media-type");
    }
    const bytes = new TextEncoder().encode(text);
    expectProblem(await postAs(path, null, bytes), 415, "unsupported-media-type");
  });

  test("JSON that is no object names no field", async () => {
    for (const value of [null, [], "9876543210", 9876543210, true]) {
      const errors = [{ pointer: "", detail: "must be of type object" }];
      expectProblem(await post(gateway, path, value), 422, "validation-failed", { errors });
    }
  });
});

describe("fields that do not fit", () => {
  const text = (pointer: string) => ({ pointer, detail: "must be of type string" });
  const cases: [string, string, unknown, { pointer: string; detail: string }[]][] = [
    ["no phone", "/auth/otp", {}, [text("/phone")]],
    ["null for a phone", "/auth/otp", { phone: null, channel: null }, [text("/phone")]],
    ["a number for a phone", "/auth/otp", { phone: 9876543210 }, [text("/phone")]],
    ["a list of phones", "/auth/otp", { phone: ["9876543210"] }, [text("/phone")]],
    ["an operator for a phone", "/auth/otp", { phone: { $ne: null } }, [text("/phone")]],
    [
      "an unknown channel",
      "/auth/otp",
      { phone: "9876543210", channel: "pigeon" },
      [{ pointer: "/channel", detail: "must be one of: sms, whatsapp, call" }],
    ],
    [
      "all at once",
      "/auth/otp",
      { phone: 1, locale: 2, device_token: 3 },
      [text("/phone"), text("/locale"), text("/device_token")],
    ],
    [
      "a number for a code",
      "/auth/otp/verify",
      { challenge_id: "x", code: 123456 },
      [text("/code")],
    ],
    [
      "five digits for a code",
      "/auth/otp/verify",
      { challenge_id: "x", code: "12345" },
      [{ pointer: "/code", detail: "must be six digits" }],
    ],
    ["no challenge", "/auth/otp/verify", { code: "123456" }, [text("/challenge_id")]],
    ["no challenge to resend", "/auth/otp/resend", {}, [text("/challenge_id")]],
    ["nothing chosen", "/auth/otp/select", { selection_token: "x" }, [text("/customer_v2_id")]],
  ];
  test.each(cases)(
    "fields that do not fit: %s is named by pointer, never by value",
    async (_, path, body, errors) => {
      const problem = expectProblem(await post(gateway, path, body), 422, "validation-failed", {
        errors,
      });
      expect(JSON.stringify(problem)).not.toMatch(/98765|12345|pigeon|\$ne/);
    },
  );

  test("a country that is not allowed is refused like any other text", async () => {
    for (const phone of ["+14155550123", "+447911123456", "hello", ""]) {
      expectProblem(await post(gateway, "/auth/otp", { phone }), 422, "phone-unsupported");
    }
  });
});

describe("paths and methods", () => {
  test("a path that is not there is not found", async () => {
    for (const path of ["/", "/auth", "/auth/otp/", "/AUTH/OTP", "/auth//otp", "/problems/none"]) {
      expectProblem(await call(gateway, "GET", path), 404, "not-found");
    }
  });

  test("a method that is not there lists those that are", async () => {
    const cases = [
      ["GET", "/auth/otp", "POST"],
      ["PUT", "/auth/otp/verify", "POST"],
      ["POST", "/auth/sessions", "GET, DELETE"],
      ["GET", "/auth/sessions/some-id", "DELETE"],
      ["POST", "/auth/me", "GET"],
      ["PATCH", "/.well-known/jwks.json", "GET"],
    ] as const;
    for (const [method, path, allow] of cases) {
      const answer = await call(gateway, method, path);
      expectProblem(answer, 405, "method-not-allowed");
      expect(answer.headers.get("allow")).toBe(allow);
    }
  });
});

test("no refused request asked any store", () => {
  expect(ofStores(ports.calls)).toEqual([]);
});
