import { describe, expect, it, test } from "vitest";
import { routesOf } from "../../../src/http/create-app.ts";
import type { Route } from "../../../src/http/route.ts";
import { customer } from "../../cases-extra/people.ts";
import { ADMIN_TOKEN } from "../../support/gateway/admin-token.ts";
import { bearer, logIn } from "../../support/gateway/client.ts";
import { FULL_SITE } from "../../support/gateway/every-site.ts";
import { PUBLIC_URL, testGateway } from "../../support/gateway/test-gateway.ts";
import { faults } from "./failing-ports.ts";

const PAGE = "https://shop.example";
const PHONE = "9876500001";

const ports = faults();
const gateway = await testGateway({
  ...ports.options,
  env: { ADMIN_TOKEN, ALLOWED_ORIGINS: PAGE },
  documents: { customers_v2: [customer("c-1", PHONE)] },
});
const { access_token } = (await logIn(gateway, PHONE)).body;

/** Routes with one spelling: each is answered from its raw head, and in another spelling by hono. */
const ROUTES = routesOf({
  ...FULL_SITE,
  deliveryReports: null,
  voiceCalls: null,
  adminRecords: false,
}).filter(({ path }) => !path.includes(":") && path !== "/" && !path.startsWith("/login"));

/** The same path with its last letter as an escape, which hono decodes. */
const escaped = ({ path }: Route): string =>
  `${path.slice(0, -1)}%${path.charCodeAt(path.length - 1).toString(16)}`;

/** Everything that a client and an operator see, without the values that are new in each answer. */
async function outcome(path: string, init: RequestInit) {
  gateway.lines.length = 0;
  // Not by `request`, which checks that each path is described.
  const response = await gateway.app.fetch(new Request(`${PUBLIC_URL}${path}`, init));
  const { headers, status } = response;
  const body = await response.text();
  await gateway.runtime.settle();
  const head = [...headers].map(([name, value]) => `${name}: ${withoutNew(value)}`);
  // An empty body has a length where its writer needs one.
  const told = head.filter((line) => !line.startsWith("content-length: "));
  const lines = gateway.lines.map(withoutNew);
  return {
    status,
    head: told.filter((line) => !line.startsWith("x-request-id: ")).sort(),
    body: withoutNew(body),
    lines,
    named: headers.has("x-request-id"),
  };
}

const withoutNew = (text: string): string =>
  text
    .replace(
      /(\\?"(?:instance|request_id|time|phone_key|challenge_id|device_token)\\?":\\?")[^"\\]*/g,
      "$1NEW",
    )
    .replace(/("(?:access_token|refresh_token|session_id|message_id)":")[^"]*/g, "$1NEW")
    .replace(/("duration_ms":)\d+/g, "$10")
    .replace(/;r=\d+;t=\d+/g, ";r=R;t=T");

async function expectAlike(route: Route, init: RequestInit): Promise<number> {
  const given = { method: route.method, ...init };
  const byHead = await outcome(route.path, given);
  const byHono = await outcome(escaped(route), given);
  expect(byHead).toEqual(byHono);
  expect(byHead.named).toBe(true);
  return byHead.status;
}

const json = { "content-type": "application/json" };
const credential = (route: Route): Readonly<Record<string, string>> =>
  route.credential === null
    ? {}
    : bearer(route.credential === "admin-token" ? ADMIN_TOKEN : access_token);

describe.each(ROUTES)("by its raw head and by hono alike: $method $path", (route) => {
  const name = `by its raw head and by hono alike: ${route.method} ${route.path}`;

  it(`${name}, for a stranger's page`, async () => {
    const headers = { origin: "https://other.example", "user-agent": "a browser" };
    await expectAlike(route, { headers });
  });

  it(`${name}, for a page of an allowed origin`, async () => {
    await expectAlike(route, { headers: { origin: PAGE } });
  });

  const isAsked = route.method === "POST";
  it(`${name}, with a body that is none, no JSON, too long or of another shape`, async () => {
    for (const sent of ["", "{", "[]", "{}", " ".repeat(20_000), '{"phone":1,"phone":2}']) {
      const body = isAsked && sent !== "" ? { body: sent } : {};
      await expectAlike(route, { ...body, headers: { ...json, origin: PAGE } });
    }
  });

  it(`${name}, while every store is down`, async () => {
    ports.failOn(() => true);
    try {
      const body = isAsked ? { body: JSON.stringify({ phone: PHONE }) } : {};
      await expectAlike(route, { ...body, headers: { ...json, ...credential(route) } });
    } finally {
      ports.heal();
    }
  });
});

test("a request with two hosts, a preflight, HEAD and another method are hono's in either spelling", async () => {
  const path = "/auth/otp";
  const [route] = ROUTES.filter((one) => one.path === path);
  if (route === undefined) throw new Error("no route");
  const preflight = { origin: PAGE, "access-control-request-method": "POST" };
  expect(await expectAlike(route, { method: "OPTIONS", headers: preflight })).toBe(204);
  expect(await expectAlike(route, { method: "PATCH" })).toBe(405);
  const [jwks] = ROUTES.filter((one) => one.path === "/.well-known/jwks.json");
  if (jwks === undefined) throw new Error("no route");
  expect(await expectAlike(jwks, { method: "HEAD" })).toBe(200);
});

test("a code is asked for alike by its raw head and by hono", async () => {
  const [route] = ROUTES.filter(({ path }) => path === "/auth/otp");
  if (route === undefined) throw new Error("no route");
  const headers = { ...json, origin: PAGE };
  expect(await expectAlike(route, { body: '{"phone":"9876500009"}', headers })).toBe(202);
});
