import { describe, expect, it } from "vitest";
import {
  findCycle,
  findRoomCycle,
  forbiddenIn,
  IMPORT_TABLE,
} from "../../support/house/import-table.ts";
import { importsOf, readSources, type SourceFile } from "../../support/house/source-files.ts";

const sources = readSources();
const file = (path: string, text: string): SourceFile => ({ path, text });

describe("the imports of src", () => {
  it("the imports of src point inwards, as the table says", () => {
    expect(sources.length).toBeGreaterThan(80);
    expect(sources.flatMap((source) => forbiddenIn(source))).toEqual([]);
  });

  it("the imports of src go in no circle", () => {
    expect(findCycle(sources)).toBeNull();
  });

  it("the imports of src lead from no room into another and back, types included", () => {
    expect(findRoomCycle(sources)).toBeNull();
  });

  it("the imports of src name files with their .ts, and each file exists", () => {
    const paths = new Set(sources.map(({ path }) => path));
    const spelled = sources.flatMap((source) =>
      importsOf(source)
        .filter((name) => name.startsWith("."))
        .map((name) => new URL(name, `file:///${source.path}`).pathname.slice(1)),
    );
    expect(spelled.filter((path) => !paths.has(path) && !path.endsWith(".json"))).toEqual([]);
    expect(spelled.length).toBeGreaterThan(200);
  });

  it("the imports of src go through no barrel", () => {
    expect(sources.filter(({ path }) => /(^|\/)index\.ts$/.test(path))).toEqual([]);
    expect(sources.filter(({ text }) => /^export\b[^;=(]*\bfrom\b/m.test(text))).toEqual([]);
  });

  it("the imports of src are all spelled out: none is computed", () => {
    expect(sources.filter(({ text }) => /\bimport\(\s*[^"'\s)]/.test(text))).toEqual([]);
  });
});

describe("the import table", () => {
  it.each([
    ["core/a.ts", 'import { b } from "../ports/b.ts";'],
    ["core/a.ts", 'import type { b } from "../flows/b.ts";'],
    ["core/a.ts", 'import { readFile } from "node:fs/promises";'],
    ["core/a.ts", "export const a = process.env;"],
    ["ports/a.ts", 'export type A = import("../flows/a.ts").A;'],
    ["ports/a.ts", 'import { Hono } from "hono";'],
    ["flows/a.ts", 'const { a } = await import("../http/a.ts");'],
    ["flows/a.ts", 'import {\n  a,\n  type B,\n} from "../adapters/sqlite/a.ts";'],
    ["flows/a.ts", 'export { a } from "../tokens/a.ts";'],
    ["adapters/sqlite/a.ts", 'import "node:sqlite";'],
    ["adapters/sqlite/a.ts", 'import { a } from "../../flows/a.ts";'],
    ["adapters/mongo/a.ts", 'import { a } from "../redis/a.ts";'],
    ["adapters/mongo/a.ts", 'import Redis from "ioredis";'],
    ["adapters/twilio/a.ts", "export const a = Buffer.from([]);"],
    ["adapters/acme/a.ts", 'import { a } from "../twilio/a.ts";'],
    ["adapters/acme/a.ts", 'import { a } from "acme-sdk";'],
    ["adapters/acme/a.ts", 'import "node:net";'],
    ["adapters/a.ts", 'import { a } from "./twilio/a.ts";'],
    ["http/a.ts", 'import { a } from "../adapters/console/a.ts";'],
    ["http/a.ts", 'import { a } from "@hono/node-server";'],
    ["http/a.ts", 'import { DurableObject } from "cloudflare:workers";'],
    ["tokens/a.ts", 'import * as z from "zod";'],
    ["config/a.ts", 'import { a } from "../tokens/a.ts";'],
    ["nowhere/a.ts", ""],
    ["a.ts", ""],
  ])("the import table finds what %s must not have: %s", (path, text) => {
    expect(forbiddenIn(file(path, text))).toHaveLength(1);
  });

  it.each([
    ["core/a.ts", 'import { p } from "libphonenumber-js/mobile";\nconst of = { process: 1 };'],
    ["core/a.ts", '/** No process, and no import of "node:fs". */\nexport const a = "Buffer";'],
    ["flows/a.ts", 'import { a } from "../core/a.ts";\nimport type { B } from "../ports/b.ts";'],
    ["adapters/sqlite/node.ts", 'import "node:sqlite";\nimport { a } from "./a.ts";'],
    ["config/a.ts", 'import { a } from "../tokens/private-jwks.ts";'],
    ["adapters/acme/a.ts", 'import { a } from "./b.ts";\nimport { c } from "../sms/circuit.ts";'],
    ["runtimes/a.ts", 'import { describeThrown } from "../http/request-log.ts";'],
    ["cli/a.ts", "process.exit();"],
  ])("the import table lets %s have: %s", (path, text) => {
    expect(forbiddenIn(file(path, text))).toEqual([]);
  });

  it("the import table finds a circle, and the files in it", () => {
    const files = [
      file("core/a.ts", 'import { b } from "./b.ts";'),
      file("core/b.ts", 'import type { c } from "./c.ts";'),
      file("core/c.ts", 'import { b } from "./b.ts";'),
    ];
    expect(findCycle(files)).toEqual(["core/b.ts", "core/c.ts", "core/b.ts"]);
    expect(findCycle(files.slice(0, 2))).toBeNull();
  });

  it("the import table finds a circle of rooms that is none of files", () => {
    const files = [
      file("flows/otp/a.ts", 'import type { b } from "../linking/b.ts";'),
      file("flows/linking/b.ts", 'import { c } from "../gateway.ts";'),
      file("flows/linking/d.ts", 'import { e } from "../otp/e.ts";'),
      file("flows/otp/e.ts", ""),
      file("flows/gateway.ts", 'import { e } from "./otp/e.ts";'),
    ];
    expect(findCycle(files)).toBeNull();
    expect(findRoomCycle(files)).toEqual([
      "flows/otp",
      "flows/linking",
      "flows/gateway.ts",
      "flows/otp",
    ]);
    const straight = files.filter(({ path }) => !/[bd]\.ts$/.test(path));
    expect(findRoomCycle(straight), "a file beside rooms is one of its own").toBeNull();
  });

  it("the import table says of every place why", () => {
    for (const { because } of IMPORT_TABLE) expect(because).toMatch(/^\S.{20,}[^.]$/);
  });
});
