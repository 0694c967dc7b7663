import { expect, test } from "vitest";
import { contrastOf } from "../../../src/core/contrast.ts";
import { styleFor } from "../../../src/login/look.ts";
import { FULL_SITE } from "../../support/gateway/every-site.ts";

const style = styleFor(FULL_SITE.page);
const [light = "", dark = ""] = [...style.matchAll(/:root\{([^}]+)\}/g)].map(([, text]) => text);

/** The colours by name; those that a scheme leaves out are the light one's. */
const colorsOf = (...texts: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    texts.flatMap((text) =>
      [...text.matchAll(/--([\w-]+):(#[0-9a-f]+)/g)].map(([, name = "", color = ""]) => {
        const [, r, g, b] = /^#(.)(.)(.)$/.exec(color) ?? [];
        return [name, r === undefined ? color : `#${r}${r}${g}${g}${b}${b}`] as const;
      }),
    ),
  );

const SCHEMES = [
  ["light", colorsOf(light)],
  ["dark", colorsOf(light, dark)],
] as const;

/** The pairs with too little contrast. */
const tooFaint = (
  colors: ReadonlyMap<string, string>,
  names: readonly string[],
  grounds: readonly string[],
  least: number,
): readonly string[] =>
  names.flatMap((name) =>
    grounds
      .filter((ground) => contrastOf(colors.get(name) ?? "", colors.get(ground) ?? "") < least)
      .map((ground) => `${name} on ${ground}`),
  );

test("text has a contrast of 4.5 on every ground, in light and in dark", () => {
  expect(dark).not.toBe("");
  for (const [scheme, colors] of SCHEMES) {
    const grounds = ["paper", "quiet", "bad-paper", "good-paper"];
    expect([scheme, tooFaint(colors, ["ink", "soft"], grounds, 4.5)]).toEqual([scheme, []]);
  }
});

test("the borders of fields and errors have a contrast of 3, in light and in dark", () => {
  for (const [scheme, colors] of SCHEMES) {
    const faint = [
      ...tooFaint(colors, ["line", "bad", "ink"], ["paper"], 3),
      ...tooFaint(colors, ["bad"], ["bad-paper"], 3),
    ];
    expect([scheme, faint]).toEqual([scheme, []]);
  }
});
