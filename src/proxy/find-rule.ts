import type { FailureOf } from "../core/failure.ts";
import { andThen, type Maybe } from "../core/maybe.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { Gateway } from "../flows/gateway.ts";
import { type AdmissionFailure, admitCaller } from "../flows/sessions/admit-caller.ts";
import type { Admitted } from "../flows/sessions/admitted.ts";
import { type Found, type PolicyRule, ruleFor } from "./policy/policy.ts";
import { bearerOf, type ProxiedCall } from "./proxied-call.ts";

export interface Entered {
  readonly rule: PolicyRule;
  /** Null on a public route: a token there is neither read nor forwarded. */
  readonly caller: Admitted | null;
}

/** The deciding rule, by the caller's role. No rule is 401 without a token and 403 with one. */
export function findRule(
  gateway: Gateway,
  found: Found | null,
  call: Pick<ProxiedCall, "fields">,
): Maybe<Result<Entered, AdmissionFailure | FailureOf<"route-denied">>> {
  const open = found && ruleFor(found, null);
  if (open) return ok({ rule: open, caller: null });
  const bearer = bearerOf(call);
  if (bearer === null) return fail({ reason: "token-invalid" });
  return andThen(admitCaller(gateway, bearer), (admitted): ReturnType<typeof findRule> => {
    if (!admitted.ok) return admitted;
    const rule = found && ruleFor(found, admitted.value.role);
    return rule ? ok({ rule, caller: admitted.value }) : fail({ reason: "route-denied" });
  });
}
