import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { FORWARD_AUTH } from "../../../bench/groups/forward-auth.ts";
import { LOGINS_GROUP } from "../../../bench/groups/logins.ts";
import { PROXIED } from "../../../bench/groups/proxied.ts";
import { RULES } from "../../../bench/groups/rules.ts";
import { CPU, type Group, RATE } from "../../../bench/measure.ts";
import { openServer, stopAll } from "../../../bench/process.ts";
import { refusesWrongTokens } from "../../../bench/prove.ts";
import { measure } from "../../../bench/report/results.ts";

/** Enough that every connection has an answer; nothing is measured here. */
const FEW: readonly (readonly [group: Group, size: number, rounds: number])[] = [
  [PROXIED, 64, 1],
  [FORWARD_AUTH, 64, 1],
  [RULES, 64, 1],
  // The proof is a round of its own: every login waits for its message.
  [LOGINS_GROUP, 10, 0],
];

describe("npm run bench", () => {
  afterEach(stopAll);

  it.each(FEW.map(([group, size, rounds]) => [group.name, { ...group, size, rounds }] as const))(
    "the programs that npm run bench compares do the whole work: %s",
    async (_, group) => {
      const folder = mkdtempSync(join(tmpdir(), "doorstep-bench-test-"));
      try {
        const { cases, comparisons } = await measure(group, folder);
        expect(cases.length).toBeGreaterThan(1);
        for (const { figures } of cases) {
          expect(Object.keys(figures)).toEqual(group.rounds === 0 ? [] : [CPU, RATE]);
          if (group.rounds > 0) expect(figures[RATE]?.median).toBeGreaterThan(0);
        }
        expect(cases.some(({ name }) => name.startsWith("Doorstep"))).toBe(true);
        expect(comparisons.every(({ ratio }) => ratio.values.length === group.rounds)).toBe(true);
      } finally {
        stopAll();
        rmSync(folder, { recursive: true, force: true });
      }
    },
    60_000,
  );

  it("npm run bench measures no program that lets a wrong token pass", async () => {
    const { url } = await openServer("peers/upstream.ts");
    await expect(refusesWrongTokens("the backend", url, "a.b.c")).rejects.toThrow(
      "the backend does not do the work: a wrong token is answered 200",
    );
  });
});
