import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { expect, expectTypeOf, it } from "vitest";
import type * as z from "zod/mini";
import type { CodeLogin, OfferedCustomers, SentCode } from "../../../src/client/doorstep-client.ts";
import { DoorstepError, type GatewayProblem } from "../../../src/client/doorstep-error.ts";
import type { SignedInPerson } from "../../../src/client/token-set.ts";
import type { ProblemCode } from "../../../src/http/problems/problems.ts";
import type {
  codeSentShape,
  loginShape,
  selectionShape,
  tokensShape,
} from "../../../src/http/routes/shapes.ts";

const ENTRY = join(import.meta.dirname, "../../../src/client/doorstep-client.ts");

/** The module as a page gets it. */
async function bundled(target: string): Promise<string> {
  const built = await build({
    entryPoints: [ENTRY],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    target,
  });
  return built.outputFiles[0]?.text ?? "";
}

it("doorstep/client weighs less than 4 KB compressed, in ES2017, and imports nothing", async () => {
  const text = await bundled("es2017");
  const [gzip, brotli] = [gzipSync(text, { level: 9 }).length, brotliCompressSync(text).length];
  console.log(
    `doorstep/client: ${gzip} bytes with gzip, ${brotli} with brotli, ${text.length} plain`,
  );
  expect(Math.max(gzip, brotli)).toBeLessThan(4 * 1024);
  expect(text).not.toMatch(/\bimport\b|\brequire\b|\beval\b|innerHTML/);
  // Where ES2017 lacks something, the older target would have it rewritten.
  const [old, today] = await Promise.all(
    ["es2017", "esnext"].map((target) => transform(text, { target })),
  );
  expect(old?.code === today?.code).toBe(true);
});

it("doorstep/client types each problem code of the gateway, and no other", () => {
  expectTypeOf<GatewayProblem>().toEqualTypeOf<ProblemCode>();
});

it("doorstep/client types the answers as the gateway's shapes have them", () => {
  type Login = z.output<typeof loginShape>;
  expectTypeOf<z.output<typeof codeSentShape>>().toExtend<SentCode>();
  expectTypeOf<z.output<typeof selectionShape>>().toExtend<OfferedCustomers>();
  expectTypeOf<z.output<typeof tokensShape>>().toExtend<SignedInPerson>();
  expectTypeOf<Login>().toExtend<CodeLogin>();
  expectTypeOf<CodeLogin["customer"]>().toEqualTypeOf<Readonly<Login["customer"]>>();
});

it("an error of doorstep/client says its code where the gateway gives no sentence", () => {
  expect(new DoorstepError("offline")).toMatchObject({ message: "offline", status: 0 });
  expect(new DoorstepError("offline")).toBeInstanceOf(Error);
});
