import { describe, expect, it } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { routesOf } from "../../../src/http/create-app.ts";
import { openApiDocument } from "../../../src/http/openapi/openapi.ts";
import { PROBLEMS } from "../../../src/http/problems/catalogue.ts";
import type { Site } from "../../../src/http/route.ts";
import { BARE_SITE, FULL_SITE } from "../../support/gateway/every-site.ts";

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly security?: readonly Record<string, readonly string[]>[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<Record<string, Response>>;
}

interface Response {
  readonly description: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

type Schema = Readonly<Record<string, unknown>>;

interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<
    Record<"schemas" | "headers" | "securitySchemes", Readonly<Record<string, Schema>>>
  >;
}

/** The document as a client reads it. */
const documentOf = (site: Site): Document =>
  JSON.parse(JSON.stringify(openApiDocument(routesOf(site), site)));

const DOCUMENT = documentOf(FULL_SITE);

const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );

const OPERATIONS = operationsOf(DOCUMENT);

const operation = (method: string, path: string): Operation => {
  const found = DOCUMENT.paths[path]?.[method];
  if (found === undefined) throw new Error(`no ${method} ${path}`);
  return found;
};

/** Every object in the document, with where it stands. */
function* objectsIn(value: unknown, pointer = ""): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [pointer, value as Record<string, unknown>];
  for (const [key, inner] of Object.entries(value)) yield* objectsIn(inner, `${pointer}/${key}`);
}

function resolve(reference: string): unknown {
  const parts = reference.replace(/^#\//, "").split("/");
  return parts.reduce<unknown>((at, part) => (at as Schema | undefined)?.[part], DOCUMENT);
}

/** Every schema object, those inside of others too. */
function* schemasIn(schema: Schema): Generator<Schema> {
  yield schema;
  const { additionalProperties, allOf, anyOf, items, oneOf, properties } = schema;
  const lists = [allOf, anyOf, oneOf].flatMap((list) => (list as Schema[] | undefined) ?? []);
  const members = Object.values((properties as Record<string, Schema> | undefined) ?? {});
  const single = [items, additionalProperties].filter((inner) => typeof inner === "object");
  for (const inner of [...lists, ...members, ...(single as Schema[])]) yield* schemasIn(inner);
}

function* allSchemas(): Generator<Schema> {
  const { headers, schemas } = DOCUMENT.components;
  const tops = [...objectsIn(DOCUMENT.paths), ...objectsIn(headers)]
    .map(([, object]) => object["schema"])
    .filter((schema) => typeof schema === "object");
  for (const top of [...(tops as Schema[]), ...Object.values(schemas)]) yield* schemasIn(top);
}

describe("the document", () => {
  it("is OpenAPI 3.1 of this gateway, in this version", () => {
    expect(DOCUMENT.openapi).toMatch(/^3\.1\.\d$/);
    expect(DOCUMENT.info).toMatchObject({ title: "Doorstep", version: packageJson.version });
    expect(DOCUMENT.servers).toEqual([{ url: FULL_SITE.publicUrl.text }]);
  });

  it("has every route of the place that it is served from, and no other", () => {
    for (const site of [FULL_SITE, BARE_SITE]) {
      const described = operationsOf(documentOf(site)).map(
        ({ method, path }) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`,
      );
      const served = routesOf(site).map(({ method, path }) => `${method} ${path}`);
      expect(described.sort()).toEqual(served.sort());
    }
    expect(DOCUMENT.paths).toHaveProperty(["/openapi.json", "get"]);
    expect(DOCUMENT.paths).toHaveProperty(["/dev/outbox", "get"]);
    const bare = JSON.stringify(documentOf(BARE_SITE));
    for (const absent of ["outbox", "webhook", "Twilio"]) expect(bare).not.toContain(absent);
  });

  it("has no reference that leads nowhere, and no component that nothing names", () => {
    const references = [...objectsIn(DOCUMENT)]
      .map(([, object]) => object["$ref"])
      .filter((reference) => reference !== undefined) as string[];
    expect(references.length).toBeGreaterThan(50);
    for (const reference of references) expect(resolve(reference), reference).toBeTypeOf("object");
    const { headers, schemas, securitySchemes } = DOCUMENT.components;
    for (const [kind, names] of Object.entries({ headers, schemas })) {
      for (const name of Object.keys(names)) {
        expect(references).toContain(`#/components/${kind}/${name}`);
      }
    }
    const shown = OPERATIONS.flatMap(({ operation: { security = [] } }) => security);
    expect(new Set(shown.flatMap(Object.keys))).toEqual(new Set(Object.keys(securitySchemes)));
  });

  it("uses keywords of JSON Schema 2020-12 alone, each with what it takes", () => {
    const kinds: Record<string, (value: unknown) => boolean> = {
      $ref: (value) => typeof value === "string",
      description: (value) => typeof value === "string",
      type: (value) =>
        [value]
          .flat()
          .every((type) =>
            /^(object|array|string|boolean|integer|number|null)$/.test(String(type)),
          ),
      enum: (value) => Array.isArray(value) && new Set(value).size === value.length,
      const: (value) => typeof value === "string",
      properties: (value) => typeof value === "object" && !Array.isArray(value),
      required: (value) => Array.isArray(value) && value.length > 0,
      additionalProperties: (value) => typeof value === "object",
      items: (value) => typeof value === "object" && !Array.isArray(value),
      ...Object.fromEntries(["allOf", "oneOf", "anyOf"].map((key) => [key, Array.isArray])),
      ...Object.fromEntries(
        ["minimum", "maximum", "maxItems", "maxLength"].map((key) => [
          key,
          (value: unknown) => typeof value === "number",
        ]),
      ),
      default: () => true,
      propertyNames: (value) => typeof value === "object",
    };
    let seen = 0;
    for (const schema of allSchemas()) {
      seen++;
      for (const [keyword, value] of Object.entries(schema)) {
        expect(kinds[keyword]?.(value), `${keyword}: ${JSON.stringify(value)}`).toBe(true);
      }
      const members = Object.keys(schema["properties"] ?? {});
      expect(members).toEqual(expect.arrayContaining((schema["required"] as string[]) ?? []));
    }
    expect(seen).toBeGreaterThan(200);
  });

  it("names every component by the characters that OpenAPI allows", () => {
    for (const names of Object.values(DOCUMENT.components)) {
      for (const name of Object.keys(names)) expect(name).toMatch(/^[\w.-]+$/);
    }
  });
});

describe("every operation", () => {
  it("has an id of its own, fit for the name of a function", () => {
    const ids = OPERATIONS.map(({ operation: { operationId } }) => operationId);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z0-9]+$/);
    expect(new Set(ids).size).toBe(ids.length);
    expect(operation("delete", "/auth/sessions/{sid}").operationId).toBe("deleteAuthSessionsSid");
  });

  it("has one of the document's tags, and a parameter for each part of its path in braces", () => {
    const tags = DOCUMENT.tags.map(({ name }) => name);
    for (const { operation: described, path } of OPERATIONS) {
      expect(tags).toEqual(expect.arrayContaining([...described.tags]));
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = described.parameters ?? [];
      expect(declared.map((parameter) => parameter.name)).toEqual(names);
      for (const parameter of declared) expect(parameter).toMatchObject({ required: true });
    }
  });

  it("says of each status what it means, what it carries, and the request's id", () => {
    for (const { operation: described } of OPERATIONS) {
      const statuses = Object.keys(described.responses);
      expect(statuses.some((status) => /^[23]/.test(status))).toBe(true);
      expect(statuses).toContain("500");
      for (const [status, { content, description, headers }] of Object.entries(
        described.responses,
      )) {
        expect(description).not.toBe("");
        expect(headers).toHaveProperty("X-Request-Id");
        expect(content === undefined).toBe(["204", "303"].includes(status));
      }
    }
  });

  it("lists under a status only the codes that have it", () => {
    for (const { operation: described, path } of OPERATIONS) {
      if (path === "/auth/token") continue;
      for (const [status, { content }] of Object.entries(described.responses)) {
        for (const code of codesIn(content?.["application/problem+json"]?.schema)) {
          expect(PROBLEMS[code].status).toBe(Number(status));
        }
      }
    }
  });
});

function codesIn(schema: Schema | undefined): readonly (keyof typeof PROBLEMS)[] {
  const [, narrowed] = (schema?.["allOf"] ?? []) as {
    properties: { code: { enum: (keyof typeof PROBLEMS)[] } };
  }[];
  return narrowed?.properties.code.enum ?? [];
}

describe("what a client reads of", () => {
  it("POST /auth/otp/verify: tokens or a choice, five tries, and the limit of its address", () => {
    const { requestBody, responses, security } = operation("post", "/auth/otp/verify");
    expect(security).toBeUndefined();
    expect(requestBody).toEqual({
      required: true,
      content: {
        "application/json": {
          schema: {
            type: "object",
            properties: { challenge_id: { type: "string" }, code: { type: "string" } },
            required: ["challenge_id", "code"],
          },
        },
      },
    });
    expect(responses["200"]?.content).toEqual({
      "application/json": {
        schema: {
          oneOf: ["Login", "Selection"].map((name) => ({ $ref: `#/components/schemas/${name}` })),
        },
      },
    });
    expect(codesIn(responses["429"]?.content?.["application/problem+json"]?.schema)).toEqual([
      "rate-limited",
      "otp-exhausted",
    ]);
    expect(Object.keys(responses["429"]?.headers ?? {})).toEqual([
      ...["X-Request-Id", "RateLimit", "RateLimit-Policy", "Retry-After"],
    ]);
  });

  it("the token endpoint: a form or JSON, RFC 6749's errors, and a challenge for clients alone", () => {
    const { requestBody, responses } = operation("post", "/auth/token");
    expect(Object.keys(requestBody?.content ?? {})).toEqual([
      "application/x-www-form-urlencoded",
      "application/json",
    ]);
    // What is 422 or 401 elsewhere is 400 here, but for a client's wrong secret.
    expect(Object.keys(responses)).toEqual([
      "200",
      "400",
      "401",
      "408",
      "413",
      "415",
      "429",
      "500",
      "503",
    ]);
    const { content, headers } = responses["400"] ?? {};
    expect(Object.keys(content ?? {})).toEqual(["application/json"]);
    expect(codesIn(content?.["application/json"]?.schema)).toContain("refresh-reused");
    expect(headers).not.toHaveProperty("WWW-Authenticate");
    expect(responses["401"]?.headers).toHaveProperty("WWW-Authenticate");
  });

  it("who must show what: callers an access token, operators METRICS_TOKEN if they like", () => {
    expect(operation("get", "/auth/me").security).toEqual([{ "access-token": [] }]);
    expect(operation("get", "/auth/me").responses["401"]?.headers).toHaveProperty(
      "WWW-Authenticate",
    );
    expect(operation("get", "/readyz").security).toEqual([{}, { "metrics-token": [] }]);
    expect(operation("post", "/webhooks/twilio/status").security).toEqual([
      { "provider-signature": [] },
    ]);
    expect(DOCUMENT.components.securitySchemes["access-token"]).toEqual({
      type: "http",
      scheme: "bearer",
      bearerFormat: "JWT",
    });
  });

  it("GET /readyz: 503 is a list for operators or a problem for everybody else", () => {
    const { content } = operation("get", "/readyz").responses["503"] ?? {};
    expect(Object.keys(content ?? {})).toEqual(["application/json", "application/problem+json"]);
  });
});
