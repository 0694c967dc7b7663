import { toBase64url } from "../../core/bytes.ts";
import { parsedJson } from "../../core/json.ts";
import { CHANNELS, type Channel } from "../../core/otp/message.ts";
import { seal, unseal } from "../../core/secrets/sealed-text.ts";
import { clearedCookie, cookieFor, cookieNames } from "../cookies.ts";
import type { PageCall } from "../page-call.ts";
import type { Said } from "../said.ts";
import { isStepId } from "../step-address.ts";

/**
 * One sign-in in progress. The browser keeps all of it in a cookie of its own, encrypted: two tabs
 * with two phones stay apart, a killed tab finds its step again, and the URL holds neither phone
 * nor code. Nothing is stored on our side before a code request.
 */
export interface Step {
  /** In the URL; names the cookie. */
  readonly id: string;
  /** Epoch ms of its beginning. */
  readonly at: number;
  /** Known only to this browser: a lost answer is repeated for its holder. */
  readonly secret: string;
  /** The phone as it was typed, for the field. */
  readonly typed: string;
  readonly code: AskedCode | null;
  /** The selection token, once the phone is proven and has several customers. */
  readonly selection: string | null;
  /** The app that sent the customer here; null: the customer came alone. */
  readonly authorization: string | null;
  /** The last problem; null: none. */
  readonly said: Said | null;
}

/** A requested code. The waits are those of the answer, alike for every phone. */
export interface AskedCode {
  readonly challengeId: string;
  /** As people read it, `+91 98765 43210`. */
  readonly phone: string;
  readonly channel: Channel;
  readonly resendAt: number;
  readonly expiresAt: number;
}

const PREFIX = "step-";
const ID_BYTES = 9;
const SECRET_BYTES = 16;
/** Longer than the life of any code. */
const LIFE_SECONDS = 20 * 60;
/** A browser keeps this many; each adds to the head of every request. */
const MAX_STEPS = 3;

export function newStep({ gateway }: PageCall, authorization: string | null = null): Step {
  const { now, randomBytes } = gateway.runtime;
  return {
    id: toBase64url(randomBytes(ID_BYTES)),
    at: now(),
    secret: toBase64url(randomBytes(SECRET_BYTES)),
    typed: "",
    code: null,
    selection: null,
    authorization,
    said: null,
  };
}

/** The step in the URL; null where this browser does not hold it. */
export const readStep = (call: PageCall): Promise<Step | null> => openStep(call, call.step);

/** `Set-Cookie` of a step. */
export async function keptStep({ gateway, site }: PageCall, step: Step): Promise<string> {
  const { keyring, runtime } = gateway;
  const { id, ...rest } = step;
  const nonce = runtime.randomBytes(12);
  const sealed = await seal(keyring, "login-step", id, JSON.stringify(rest), nonce);
  return cookieFor(site, `${PREFIX}${id}`, sealed, { maxAge: LIFE_SECONDS, sameSite: "Lax" });
}

/** `Set-Cookie` that removes a step. */
export const endedStep = ({ site }: PageCall, { id }: Pick<Step, "id">): string =>
  clearedCookie(site, `${PREFIX}${id}`);

/** The steps of this browser, the newest first. */
async function heldSteps(call: PageCall): Promise<readonly Step[]> {
  const ids = cookieNames(call, PREFIX).slice(0, 2 * MAX_STEPS);
  const steps = await Promise.all(ids.map((id) => openStep(call, id)));
  return steps.filter((step) => step !== null).sort((a, b) => b.at - a.at);
}

/** `Set-Cookie`s that remove the steps in excess of a new one. */
export async function makeRoom(call: PageCall, next: Pick<Step, "id">): Promise<readonly string[]> {
  const held = await heldSteps(call);
  const kept = new Set([next.id, ...held.slice(0, MAX_STEPS - 1).map(({ id }) => id)]);
  return cookieNames(call, PREFIX)
    .filter((id) => !kept.has(id))
    .map((id) => clearedCookie(call.site, `${PREFIX}${id}`));
}

async function openStep(call: PageCall, id: string): Promise<Step | null> {
  const sealed = isStepId(id) ? call.cookie(`${PREFIX}${id}`) : undefined;
  if (sealed === undefined) return null;
  const text = await unseal(call.gateway.keyring, "login-step", id, sealed);
  // Only our own seals open, so the shape is ours; an older version's may lack a field.
  const step = text === null ? null : (parsedJson(text) as Omit<Step, "id"> | undefined);
  if (!step || step.at + LIFE_SECONDS * 1000 <= call.gateway.runtime.now()) return null;
  if (step.code !== null && !CHANNELS.includes(step.code.channel)) return null;
  return { ...step, id };
}
