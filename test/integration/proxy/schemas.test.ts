import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { StaffRole } from "../../../src/core/roles.ts";
import { askAs, member } from "../../support/proxy/proxied-callers.ts";
import {
  type Asked,
  fetchWorld,
  logInCustomer,
  OWN_PHONE,
  type ProxiedWorld,
} from "../../support/proxy/proxied-world.ts";
import { schemasSuite } from "./schemas.suite.ts";

const V2 = "/api/phase0-v2";

describe("schemas of the policy, by fetch", () => schemasSuite(fetchWorld));

let world: ProxiedWorld;
let customer: string;
beforeAll(async () => {
  world = await fetchWorld();
  customer = `Bearer ${await logInCustomer(world.test)}`;
});
beforeEach(() => world.reset());
afterAll(() => world.stop());

const as = (authorization: string | null, asked: Asked) => askAs(world, authorization, asked);
const staff = async (role: StaffRole) => `${(await member(world, role)).authorization}`;

describe("a body that does not fit its schema", () => {
  it("a body that does not fit its schema tells neither the log nor the client a name or a value that could be a phone", async () => {
    world.test.lines.length = 0;
    const body = { subscription_id: "s-1", "9876500101": 1, start_date: "9876500101" };
    const got = await as(customer, { method: "POST", target: `${V2}/customer/c-1/pause`, body });
    expect(got.status).toBe(422);
    expect(got.text + world.test.lines.join()).not.toContain("9876500101");
  });
});

describe("marketing's edit form", () => {
  const stored = () => world.backend.data.customers_v2[0] ?? {};
  const save = async (body: object) =>
    as(await staff("marketing_staff"), { method: "PUT", target: `${V2}/customers/c-1`, body });

  it("marketing's edit form is compared with what stands there now, not with what stood there ten seconds ago", async () => {
    expect((await save({ phone: OWN_PHONE })).status).toBe(200);
    Object.assign(stored(), { phone: "9876500778" });
    expect((await save({ phone: OWN_PHONE })).status).toBe(403);
  });
});

it("the size of a judged body is 1 MiB for a customer, and 8 MiB for staff", async () => {
  const token = `Bearer ${await logInCustomer(world.test)}`;
  const large = { subscription_id: "s-1", start_date: "x".repeat(1024 * 1024) };
  const pause = `${V2}/customer/c-1/pause`;
  const got = await as(token, { method: "POST", target: pause, body: large });
  expect([got.status, got.code]).toEqual([413, "payload-too-large"]);
  const body = { house_image_url: "A".repeat(8 * 1024 * 1024) };
  const target = `${V2}/customers/c-1`;
  const tooLarge = await as(await staff("admin"), { method: "PUT", target, body });
  expect([tooLarge.status, tooLarge.code]).toEqual([413, "payload-too-large"]);
  expect(world.backend.received).toEqual([]);
});

describe("staff who stop a person", () => {
  it("staff who stop a person end that person's sessions by toggle-status", async () => {
    const token = `Bearer ${await logInCustomer(world.test)}`;
    const neighbour = `Bearer ${await logInCustomer(world.test, "9876500102")}`;
    const me = (bearer: string) => as(bearer, { method: "GET", target: "/auth/me" });
    expect((await me(token)).status).toBe(200);
    const target = "/api/admin/users/u-1/toggle-status";
    const got = await as(await staff("admin"), { method: "PUT", target });
    expect(got.status, got.text).toBe(200);
    expect(got.text).not.toContain("plain:");
    await world.test.runtime.settle();
    expect((await me(token)).status).toBe(401);
    expect((await me(neighbour)).status).toBe(200);
    customer = `Bearer ${await logInCustomer(world.test, "9876500102")}`;
  });
});

describe("a download", () => {
  it("a download is a file for whom LEGACY 7 names, and for others an error status that a page shows", async () => {
    for (const [target, roles] of [
      [`${V2}/delivery/export-excel`, ["admin", "delivery_boy", "marketing_staff"]],
      [`${V2}/download-sample-template`, ["admin"]],
    ] as const) {
      for (const role of ["admin", "delivery_boy", "marketing_staff", "supplier"] as const) {
        const got = await as(await staff(role), { method: "GET", target });
        const isFile = roles.some((name) => name === role);
        expect([target, role, got.status]).toEqual([target, role, isFile ? 200 : 403]);
        const named = got.headers.get("content-disposition");
        if (isFile) expect(named).toContain("attachment");
        else expect([named, got.code]).toEqual([null, "route-denied"]);
      }
    }
  });
});
