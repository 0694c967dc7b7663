import { expect, it } from "vitest";
import { readSources } from "../../support/house/source-files.ts";

const EXPORTED = /^export (?:async )?(?:function|const|type|interface|class) (\w+)/gm;

it("no two files of src export one name: a reader who searches finds one meaning", () => {
  const places = new Map<string, string[]>();
  for (const { path, text } of readSources()) {
    for (const [, name = ""] of text.matchAll(EXPORTED)) {
      places.set(name, [...(places.get(name) ?? []), path]);
    }
  }
  expect(places.size).toBeGreaterThan(700);
  expect([...places].filter(([, paths]) => paths.length > 1)).toEqual([]);
});
