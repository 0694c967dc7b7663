import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Role } from "../../../src/core/roles.ts";
import { askBackend, CLAIMS_OF } from "../../support/legacy-backend/callers.ts";
import { PAGES } from "../../support/legacy-backend/pages.ts";
import { type Caller, members } from "../../support/proxy/proxied-callers.ts";
import type { ProxiedPlace } from "../../support/proxy/proxied-world.ts";

interface Sampled {
  /** Whether one login serves all calls, because no call can end the session here. Default false. */
  readonly loginOnce?: boolean;
}

/** Each call of each page by each role that the page is for: the same status as without the gateway. */
export function pagesSuite(
  makeWorld: () => Promise<ProxiedPlace>,
  { loginOnce = false }: Sampled = {},
): void {
  let world: ProxiedPlace;
  let callers: Readonly<Record<Role, Caller>> | null = null;
  beforeAll(async () => {
    world = await makeWorld();
  });
  beforeEach(async () => {
    await world.reset();
    callers = loginOnce && callers !== null ? callers : await members(world);
    await world.reset();
  });
  afterAll(() => world.stop());

  const calls = PAGES.flatMap(({ calls: all, page, roles }) =>
    roles.flatMap((role) =>
      all.map(([method, path, body]) => ({ page, role, method, path, body })),
    ),
  );

  it.each(calls)(
    "$page of $role gets the same status with the gateway as without it: $method $path",
    async ({ body, method, path, role }) => {
      const sent = body === undefined ? {} : { body };
      const claims = role === "public" ? {} : { claims: CLAIMS_OF[role] };
      const without = await askBackend(world.backend, `${method} ${path}`, { ...claims, ...sent });
      await world.reset();
      const { authorization = null } = role === "public" ? {} : (callers?.[role] ?? {});
      const headers = authorization === null ? [] : [["authorization", authorization] as const];
      const got = await world.ask({ method, target: path, headers, ...sent });
      expect(got.status, got.text).toBe(without.status);
      expect(got.text).not.toContain("plain:");
    },
  );
}
