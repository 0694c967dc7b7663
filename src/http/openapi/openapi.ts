import * as z from "zod/mini";
import { BODY_TYPES } from "../middleware/request-body.ts";
import { PROBLEMS } from "../problems/catalogue.ts";
import { ERROR_STYLES } from "../problems/error-response.ts";
import type { ProblemCode } from "../problems/problems.ts";
import type { Credential, Route, Shape, Site, Tag } from "../route.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

export interface OpenApiDocument {
  readonly openapi: string;
  readonly [member: string]: unknown;
}

/** Schemas that several routes share, by name; filled while the routes are described. */
type Shared = Map<string, JsonSchema>;

const TAGS: Readonly<Record<Tag, string>> = {
  login: "A phone, a code, and where needed a choice",
  page: "The login page, for browsers; apps send customers there and call none of it",
  tokens: "Tokens and the keys that verify them",
  sessions: "Sessions and identity of the holder of a token",
  service: "Routes for operators, monitors and developers",
  admin: "What the operator sees and ends, by `doorstep ... --gateway URL`; for no browser",
};

const credentialsOf = ({
  deliveryReports,
}: DescribedSite): Readonly<Record<Credential, JsonSchema>> => ({
  "access-token": { type: "http", scheme: "bearer", bearerFormat: "JWT" },
  "metrics-token": { type: "http", scheme: "bearer", description: "METRICS_TOKEN" },
  "admin-token": { type: "http", scheme: "bearer", description: "ADMIN_TOKEN" },
  "provider-signature": {
    type: "apiKey",
    in: "header",
    name: deliveryReports?.signatureHeader ?? "Signature",
  },
});

type DescribedSite = Pick<Site, "publicUrl" | "deliveryReports">;

const text = { schema: { type: "string" } };

const HEADERS = {
  "X-Request-Id": { description: "Names the request in the gateway's log", ...text },
  "Retry-After": { description: "Seconds to wait", schema: { type: "integer", minimum: 1 } },
  "WWW-Authenticate": { description: "RFC 6750 challenge", ...text },
  RateLimit: { description: "Remainder of the address limit", ...text },
  "RateLimit-Policy": { description: "The address limit", ...text },
} as const satisfies Record<string, JsonSchema>;

type Header = keyof typeof HEADERS;

/**
 * The OpenAPI 3.1 description of the routes, from their declarations and their validating schemas.
 */
export function openApiDocument(routes: readonly Route[], site: DescribedSite): OpenApiDocument {
  const shared: Shared = new Map();
  const paths: Record<string, JsonSchema> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, shared) };
  }
  const tags = new Set(routes.map(({ tag }) => tag));
  const credentials = new Set(routes.map(({ credential }) => credential));
  return {
    openapi: "3.1.1",
    info: { title: "Doorstep", version: "0.1.0", description: "Phone-OTP auth gateway" },
    servers: [{ url: site.publicUrl.text }],
    tags: [...tags].map((name) => ({ name, description: TAGS[name] })),
    paths,
    components: {
      schemas: Object.fromEntries(shared),
      headers: HEADERS,
      securitySchemes: Object.fromEntries(
        [...credentials]
          .filter((name) => name !== null)
          .map((name) => [name, credentialsOf(site)[name]]),
      ),
    },
  };
}

function operation(route: Route, shared: Shared): JsonSchema {
  const { body, credential, method, path, summary, tag } = route;
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
  return {
    operationId: operationId(method, path),
    tags: [tag],
    summary,
    ...(names.length === 0
      ? {}
      : { parameters: names.map((name) => ({ name, in: "path", required: true, ...text })) }),
    ...(credential === null ? {} : { security: security(credential) }),
    ...(body === null ? {} : { requestBody: requestBody(body, shared) }),
    responses: responses(route, shared),
  };
}

/** `DELETE /auth/sessions/:sid` is `deleteAuthSessionsSid`. */
function operationId(method: string, path: string): string {
  const words = path.split(/\W+/).filter((word) => word !== "");
  const capital = (word: string) => `${word[0]?.toUpperCase()}${word.slice(1)}`;
  return method.toLowerCase() + words.map(capital).join("");
}

/** METRICS_TOKEN is optional: without it the answer has fewer details. */
const security = (credential: Credential): readonly JsonSchema[] => [
  ...(credential === "metrics-token" ? [{}] : []),
  { [credential]: [] },
];

function requestBody({ kind, schema }: NonNullable<Route["body"]>, shared: Shared): JsonSchema {
  const content = BODY_TYPES[kind].map((type) => [type, { schema: jsonSchema(schema, shared) }]);
  return { required: true, content: Object.fromEntries(content) };
}

function responses(route: Route, shared: Shared): JsonSchema {
  const { answers, errors, limit, problems } = route;
  const { headerNames, statusOf } = ERROR_STYLES[errors];
  const statuses = new Set([...Object.keys(answers).map(Number), ...problems.map(statusOf)]);
  const described = [...statuses].map((status): [number, JsonSchema] => {
    const shape = answers[status];
    const codes = problems.filter((code) => statusOf(code) === status);
    const headers: readonly Header[] = [
      "X-Request-Id",
      ...(limit === null ? [] : (["RateLimit", "RateLimit-Policy"] as const)),
      ...new Set(codes.flatMap(headerNames)),
    ];
    const content = {
      ...(shape ? goodContent(shape, shared) : {}),
      ...(codes.length > 0 ? problemContent(errors, codes, shared) : {}),
    };
    const meanings = codes.map((code) => `${code}: ${PROBLEMS[code].title}`);
    return [
      status,
      {
        description: [...(shape === undefined ? [] : [meaningOf(shape)]), ...meanings].join("; "),
        headers: Object.fromEntries(
          headers.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
        ),
        ...(Object.keys(content).length > 0 ? { content } : {}),
      },
    ];
  });
  return Object.fromEntries(described);
}

const meaningOf = (shape: Shape): string =>
  (shape instanceof z.ZodMiniType ? z.globalRegistry.get(shape)?.description : null) ?? "Done";

function goodContent(shape: NonNullable<Shape>, shared: Shared): JsonSchema {
  if (typeof shape === "string") return { [shape]: text };
  return { "application/json": { schema: jsonSchema(shape, shared) } };
}

/** A problem of this route and status: the shape of all problems, with the possible codes. */
function problemContent(
  style: Route["errors"],
  codes: readonly ProblemCode[],
  shared: Shared,
): JsonSchema {
  const { shape, type } = ERROR_STYLES[style];
  const schema = { allOf: [jsonSchema(shape, shared), { properties: { code: { enum: codes } } }] };
  return { [type]: { schema } };
}

/**
 * The accepted values of a schema, as JSON Schema (2020-12). Schemas that are registered with an
 * `id` go to `shared`, and references take their place.
 */
function jsonSchema(schema: z.ZodMiniType, shared: Shared): JsonSchema {
  const made = z.toJSONSchema(schema, { io: "input", override: withoutSafeBounds });
  const {
    $schema: _,
    $defs = {},
    ...root
  } = JSON.parse(
    JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/'),
  ) as JsonSchema & { readonly $defs?: Readonly<Record<string, JsonSchema>> };
  for (const [id, definition] of Object.entries($defs)) shared.set(id, definition);
  return root;
}

/** Removes the bounds of safe integers, which hold for every integer in JSON and are no news. */
function withoutSafeBounds({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
