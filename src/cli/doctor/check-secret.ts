import type { UserId } from "../../core/ids.ts";
import { createLegacyTokens } from "../../tokens/legacy-tokens.ts";
import { askBackend, isAnswer } from "./ask-backend.ts";
import { type Checked, finding, good, unknown } from "./finding.ts";

const CHECK = "secret";
/** The secret that the backend's code falls back to where JWT_SECRET is unset: it is published. */
const PUBLISHED = "your-jwt-secret-key";
/** Any valid token may read it, it names nobody, and the backend reads no database for the token. */
const HARMLESS = "/api/phase0-v2/areas";
/** No person has this id. */
const NOBODY = "doorstep-doctor" as UserId;
const REFUSED: ReadonlySet<number> = new Set([401, 403]);

interface SecretPlace {
  readonly upstream: string;
  readonly secret: string | null;
  readonly issuer: string;
  readonly now: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** Whether the backend verifies tokens, with which secret, and whether the world knows that secret. */
export async function checkSecret(place: SecretPlace): Promise<readonly Checked[]> {
  const random = [...place.randomBytes(32)].join("-");
  const [none, forged, published, ours] = await Promise.all([
    statusWith(place, null),
    statusWith(place, random),
    statusWith(place, PUBLISHED),
    place.secret === null ? null : statusWith(place, place.secret),
  ]);
  if (none === null || forged === null || published === null) {
    return [unknown(CHECK, "the backend does not answer, so its secret could not be tried")];
  }
  if (!REFUSED.has(none)) {
    return [
      unknown(CHECK, `the backend answers ${none} without a token: no secret could be tried`),
    ];
  }
  const lines = [...forgeable(forged, published), ...oursLines(ours)];
  return lines.length > 0
    ? lines
    : [good(CHECK, "the backend refuses the published secret and accepts the gateway's")];
}

function forgeable(forged: number, published: number): readonly Checked[] {
  const mend =
    "openssl rand -base64 48; set it as JWT_SECRET at the backend and as LEGACY_JWT_SECRET here, restart both";
  if (isAccepted(forged)) {
    return [
      finding(CHECK, {
        what: "the backend accepts a token with a random signature",
        why: "Anyone can make a token of an admin.",
        mend: "Let the backend verify HS256 signatures with its JWT_SECRET.",
      }),
    ];
  }
  if (isAccepted(published)) {
    return [
      finding(CHECK, {
        what: "the backend's JWT_SECRET is not set: it accepts the secret published in its code",
        why: "Anyone can make a token of an admin, and needs no password.",
        mend,
      }),
    ];
  }
  return REFUSED.has(published)
    ? []
    : [unknown(CHECK, `the backend answers ${published} to a token with the published secret`)];
}

function oursLines(ours: number | null): readonly Checked[] {
  if (ours === null) {
    return [unknown(CHECK, "LEGACY_JWT_SECRET is not set, so its tokens could not be tried")];
  }
  if (isAccepted(ours)) return [];
  if (!REFUSED.has(ours)) {
    return [unknown(CHECK, `the backend answers ${ours} to a token of the gateway`)];
  }
  return [
    finding(CHECK, {
      what: "the backend refuses tokens signed with LEGACY_JWT_SECRET",
      why: "Every request through the proxy fails with 502.",
      mend: "Set LEGACY_JWT_SECRET to the backend's JWT_SECRET, letter by letter.",
    }),
  ];
}

const isAccepted = (status: number): boolean => status >= 200 && status < 300;

/** Null where there is no answer. */
async function statusWith(
  { issuer, now, upstream }: SecretPlace,
  secret: string | null,
): Promise<number | null> {
  const claims = { sub: NOBODY, role: "customer", email: null, customer_v2_id: null } as const;
  const tokens = secret === null ? null : await createLegacyTokens({ secret, issuer, now });
  const token = tokens === null ? null : (await tokens.mint(claims)).token;
  const answer = await askBackend(`${upstream}${HARMLESS}`, token);
  return isAnswer(answer) ? answer.status : null;
}
