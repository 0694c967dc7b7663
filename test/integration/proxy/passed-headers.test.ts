import { describe, expect, it } from "vitest";
import { expectListedHeadersAlone } from "../../support/proxy/passed-headers.ts";
import { fetchWorld, logInCustomer, socketWorld } from "../../support/proxy/proxied-world.ts";

const PAGE = "http://localhost:3000";

describe.each([
  ["by fetch", fetchWorld],
  ["on Node", socketWorld],
])("the headers that the backend gets, %s,", (_, open) => {
  it("the headers that the backend gets are those that are listed, and no other that a client thinks of", async () => {
    const world = await open();
    await expectListedHeadersAlone(world, await logInCustomer(world.test));
    await world.stop();
  });

  it("the headers that the backend gets are as many more as the policy says, for all rules or for one", async () => {
    const policy = {
      headers: ["X-App-Version"],
      rules: [
        { match: "POST /api/hook", allow: "public", headers: ["X-Razorpay-Signature"] },
        { match: "GET /api/hook", allow: "public" },
      ],
    };
    const world = await open({ policy });
    const headers = [
      ["x-app-version", "7"],
      ["X-RAZORPAY-Signature", "sha"],
      ["x-app-build", "1"],
    ] as const;
    for (const method of ["POST", "GET"]) {
      await world.ask({ method, target: "/api/hook", headers });
    }
    const seen = world.backend.received.map(({ values }) =>
      ["x-app-version", "x-razorpay-signature", "x-app-build"].map((name) => values(name).join()),
    );
    expect(seen).toEqual([
      ["7", "sha", ""],
      ["7", "", ""],
    ]);
    await world.stop();
  });
});

describe("the headers that a page may send", () => {
  const asked = async (names: string, policy?: object, env?: Readonly<Record<string, string>>) => {
    const world = await fetchWorld({ ...(policy && { policy }), ...(env && { env }) });
    const got = await world.ask({
      method: "OPTIONS",
      target: "/api/orders/",
      headers: [
        ["origin", PAGE],
        ["access-control-request-method", "POST"],
        ["access-control-request-headers", names],
      ],
    });
    await world.stop();
    return got.headers.get("access-control-allow-headers");
  };

  it("the headers that a page may send are those that pass, or that the gateway reads itself", async () => {
    expect(await asked("")).toBe("authorization,content-type");
    expect(await asked("authorization, Idempotency-Key,if-match, prefer,traceparent")).toBe(
      "authorization,content-type,idempotency-key,if-match,prefer,traceparent",
    );
    const refused = "x-admin, x-user-id, cookie, x-forwarded-for, x-api-key, proxy, content-length";
    expect(await asked(refused)).toBe("authorization,content-type");
  });

  it("the headers that a page may send are those of its tracing, which break no call though they end here", async () => {
    const tracing = [
      ...["traceparent", "tracestate", "baggage", "sentry-trace", "x-datadog-trace-id"],
      ...["x-datadog-parent-id", "x-datadog-origin", "x-datadog-sampling-priority"],
    ];
    expect(await asked(tracing.join(", "))).toBe(
      ["authorization", "content-type", ...tracing].join(),
    );
    const world = await fetchWorld();
    const token = await logInCustomer(world.test);
    const sent = tracing.map((name) => [name, "a=1"] as const);
    const headers = [["authorization", `Bearer ${token}`] as const, ...sent];
    expect((await world.ask({ method: "GET", target: "/api/orders/", headers })).status).toBe(200);
    const values = world.backend.received[0]?.values;
    expect(values?.("baggage")).toEqual([]);
    expect(values?.("sentry-trace")).toEqual([]);
    expect(values?.("x-datadog-trace-id")).toEqual([]);
    await world.stop();
  });

  it("the headers that a page may send are those of ALLOWED_HEADERS, which end here too", async () => {
    const env = { ALLOWED_HEADERS: "X-Screen, x-build" };
    expect(await asked("x-build,x-screen,x-other", undefined, env)).toBe(
      "authorization,content-type,x-build,x-screen",
    );
  });

  it("the headers that a page may send are told to no page of another origin", async () => {
    const world = await fetchWorld();
    const { headers } = await world.ask({
      method: "OPTIONS",
      target: "/api/orders/",
      headers: [
        ["origin", "http://evil.example"],
        ["access-control-request-method", "POST"],
      ],
    });
    expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    await world.stop();
  });

  it("the headers that a page may send are those that the policy adds as well", async () => {
    const rules = [{ match: "GET /a", allow: "public", headers: ["X-Trace-Me"] }];
    expect(
      await asked("x-trace-me, x-app-version, x-b", { rules, headers: ["X-App-Version"] }),
    ).toBe("authorization,content-type,x-trace-me,x-app-version");
  });
});
