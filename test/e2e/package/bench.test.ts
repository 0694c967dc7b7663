import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { FORWARD_AUTH } from "../../../bench/groups/forward-auth.ts";
import { LOGINS_GROUP } from "../../../bench/groups/logins.ts";
import { PROCESSES } from "../../../bench/groups/processes.ts";
import { PROXIED } from "../../../bench/groups/proxied.ts";
import { RULES } from "../../../bench/groups/rules.ts";
import { type Group, RATE } from "../../../bench/measure.ts";
import { openServer, stopAll } from "../../../bench/process.ts";
import { refusesWrongTokens } from "../../../bench/prove.ts";
import { measure } from "../../../bench/report/results.ts";

/** Enough that every connection has an answer; nothing is measured here. */
const FEW: readonly (readonly [group: Group, size: number, rounds: number, rate: string])[] = [
  [PROXIED, 64, 1, RATE],
  [FORWARD_AUTH, 64, 1, RATE],
  [RULES, 64, 1, RATE],
  [PROCESSES, 64, 1, "two, per second"],
  // The proof is a round of its own: every login waits for its message.
  [LOGINS_GROUP, 10, 0, RATE],
];

describe("npm run bench", () => {
  afterEach(stopAll);

  it.each(
    FEW.map(
      ([group, size, rounds, rate]) => [group.name, { ...group, size, rounds }, rate] as const,
    ),
  )(
    "the programs that npm run bench compares do the whole work: %s",
    async (_, group, rate) => {
      const folder = mkdtempSync(join(tmpdir(), "doorstep-bench-test-"));
      try {
        const { cases, comparisons } = await measure(group, folder);
        expect(cases.length).toBeGreaterThan(1);
        for (const { figures } of cases) {
          if (group.rounds === 0) expect(figures).toEqual({});
          else expect(figures[rate]?.median).toBeGreaterThan(0);
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
