import * as z from "zod/mini";
import type { CustomerStatus } from "../../core/linking/documents.ts";
import { CHANNELS, LOCALES } from "../../core/otp/message.ts";
import { named } from "../named-shape.ts";

/**
 * The shapes of answers on the wire, for the compiler and for /openapi.json. present.ts fills them.
 * The document names and shares those with an `id`.
 */

const text = z.string();
const seconds = z.int();
const status = z.enum(["trial", "active", "paused"] as const satisfies readonly CustomerStatus[]);

export const codeSentShape = named(
  "CodeSent",
  "A code is on its way, or would be if the number were known. Lives are in seconds.",
  z.object({
    challenge_id: text,
    channel: z.enum(CHANNELS),
    code_length: z.int(),
    expires_in: seconds,
    resend_in: seconds,
  }),
);

const user = z.object({ id: text, name: text, role: z.literal("customer") });

const tokenMembers = {
  access_token: text,
  token_type: z.literal("Bearer"),
  expires_in: seconds,
  refresh_token: text,
  refresh_expires_in: seconds,
  /** Granted to a client of OAUTH_CLIENTS, and told to no other. */
  scope: z.optional(text),
  /** OpenID Connect, where the client has the scope `openid`. */
  id_token: z.optional(text),
  user,
  customer: z.nullable(z.object({ id: text, name: text, status: z.nullable(status) })),
};

export const tokensShape = named(
  "Tokens",
  "Tokens, with their user and customer. The refresh token is new each time. Lives are in seconds.",
  z.object(tokenMembers),
);

export const loginShape = named(
  "Login",
  "Tokens, and the values that only a login gives.",
  z.object({ ...tokenMembers, device_token: text, first_login: z.boolean() }),
);

export const compatSentShape = z.object({ message: text, otp: z.literal("sent by SMS") });

export const compatLoginShape = z.object({
  access_token: text,
  token_type: z.literal("bearer"),
  user,
});

export const selectionShape = named(
  "Selection",
  "The phone is proven and has several customers: one must be chosen.",
  z.object({
    selection_token: text,
    customers: z.array(
      z.object({
        customer_v2_id: text,
        name: text,
        area: text,
        address_hint: text,
        status: z.enum(["trial", "active", "paused", "stopped"]),
      }),
    ),
  }),
);

export const sessionsShape = named(
  "Sessions",
  "The user's sessions. Times are ISO 8601, in UTC.",
  z.object({
    sessions: z.array(
      z.object({
        sid: text,
        client_id: text,
        current: z.boolean(),
        user_agent: text,
        created_at: text,
        last_used_at: text,
        expires_at: text,
      }),
    ),
  }),
);

const phone = z.nullable(text);

export const profileShape = named(
  "Profile",
  "The user and the customer behind the token. Phones are in E.164.",
  z.object({
    user: z.object({
      id: text,
      name: text,
      role: z.literal("customer"),
      email: z.nullable(text),
      phone,
    }),
    customer: z.object({
      id: text,
      name: text,
      phone,
      status: z.nullable(status),
      area: text,
      address: text,
    }),
  }),
);

/** RFC 7518 and RFC 8037 define the members of each key. */
export const jwksShape = z.object({ keys: z.array(z.looseObject({})) });

const texts = z.array(text);

const metadataMembers = {
  issuer: text,
  authorization_endpoint: z.optional(text),
  token_endpoint: text,
  jwks_uri: text,
  revocation_endpoint: text,
  introspection_endpoint: z.optional(text),
  response_types_supported: texts,
  response_modes_supported: z.optional(texts),
  grant_types_supported: texts,
  token_endpoint_auth_methods_supported: texts,
  revocation_endpoint_auth_methods_supported: texts,
  introspection_endpoint_auth_methods_supported: z.optional(texts),
  code_challenge_methods_supported: z.optional(texts),
  authorization_response_iss_parameter_supported: z.optional(z.boolean()),
  scopes_supported: z.optional(texts),
};

export const metadataShape = z.object(metadataMembers);

export const openidConfigurationShape = z.object({
  ...metadataMembers,
  userinfo_endpoint: text,
  end_session_endpoint: text,
  subject_types_supported: texts,
  id_token_signing_alg_values_supported: texts,
  claims_supported: texts,
  prompt_values_supported: texts,
  ui_locales_supported: texts,
  request_uri_parameter_supported: z.boolean(),
  request_parameter_supported: z.boolean(),
  claims_parameter_supported: z.boolean(),
});

export const userinfoShape = z.object({
  sub: text,
  name: z.optional(text),
  phone_number: z.optional(text),
  phone_number_verified: z.optional(z.boolean()),
});

/** RFC 7662 section 2.2: an inactive token has no other member. */
export const introspectionShape = z.object({
  active: z.boolean(),
  scope: z.optional(text),
  client_id: z.optional(text),
  token_type: z.optional(z.literal("Bearer")),
  exp: z.optional(seconds),
  iss: z.optional(text),
  sub: z.optional(text),
  jti: z.optional(text),
  sid: z.optional(text),
  customer_v2_id: z.optional(text),
});

export const aliveShape = z.object({ status: z.literal("ok") });

export const readinessShape = named(
  "Readiness",
  "Whether the stores are up; only the holder of METRICS_TOKEN sees the state of each.",
  z.object({
    status: z.enum(["ready", "unavailable"]),
    dependencies: z.optional(z.catchall(z.object({}), z.enum(["up", "down"]))),
  }),
);

export const outboxShape = z.object({
  messages: z.array(
    z.object({
      to: text,
      channel: z.enum(CHANNELS),
      locale: z.enum(LOCALES),
      code: text,
      text,
      sent_at: text,
    }),
  ),
});

/** Any object: the OpenAPI specification defines its own documents. */
export const documentShape = z.looseObject({ openapi: text });
