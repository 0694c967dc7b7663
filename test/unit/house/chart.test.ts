import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { chart } from "../../../bench/report/chart.ts";
import { markdown } from "../../../bench/report/markdown.ts";

const PICTURES = join(import.meta.dirname, "../../../docs/pictures");

it("the chart and the tables of docs/performance.md show the figures that are kept beside it", () => {
  const { groups } = JSON.parse(readFileSync(join(PICTURES, "performance.json"), "utf8"));
  const drawn = chart(groups);
  expect(readFileSync(join(PICTURES, "performance.svg"), "utf8")).toBe(drawn);
  const page = readFileSync(join(PICTURES, "../performance.md"), "utf8");
  expect(page.split("<!-- figures -->")[1]).toBe(`\n${markdown(groups)}`);
  expect(drawn).toContain("Doorstep: token, session, policy, log");
});
