import { equalBytes, utf8 } from "../../../core/bytes.ts";
import { fail, ok, type Result } from "../../../core/result.ts";
import { bearerTokenOf } from "../../../core/secrets/bearer-token.ts";
import { BODY_PROBLEMS, readBody } from "../../middleware/request-body.ts";
import type { AnyFailureOf, ProblemCode } from "../../problems/problems.ts";
import type { Call, Route } from "../../route.ts";
import { type AdminOperation, REVOKE, SESSIONS, UNLOCK, WHO } from "./admin-operations.ts";
import { RECORDS } from "./records-operation.ts";

/** An HTTP client gives up after ten seconds; the search through the records gets half of them. */
const SEARCH_MS = 5_000;

/**
 * The problems of the token, the address limit, the body, and the stores behind every operation.
 */
const SHARED_PROBLEMS: readonly ProblemCode[] = [
  ...(["token-missing", "token-invalid", "rate-limited"] as const),
  ...BODY_PROBLEMS,
  ...(["store-unavailable", "internal"] as const),
];

/**
 * The routes of operators. They are mounted only where ADMIN_TOKEN is set. The body names the
 * person: a phone in the path would land in the log of every proxy on the way.
 */
export const adminRoutes: readonly Route[] = [WHO, UNLOCK, SESSIONS, REVOKE].map(adminRoute);

/** Mounted where ADMIN_RECORDS is on as well. */
export const recordsRoute: Route = adminRoute(RECORDS);

function adminRoute(operation: AdminOperation): Route {
  const { answer, asked, maxBytes, name, problems, summary } = operation;
  return {
    method: "POST",
    path: `/auth/admin/${name}`,
    tag: "admin",
    summary,
    credential: "admin-token",
    body: { kind: "json", schema: asked },
    answers: { 200: answer },
    problems: [...new Set([...problems, ...SHARED_PROBLEMS])],
    errors: "problem",
    cache: "no-store",
    openTo: "allowed-origins",
    limit: "verify-per-address",
    async run(call) {
      const { gateway } = call;
      // Counted before the token is compared: this bounds guesses at the token.
      const refused = await call.overLimit();
      if (refused !== null) return fail(refused);
      const allowed = checkToken(call);
      // Without the person: the audit of each change names them by their keys.
      gateway.audit.record(
        allowed.ok
          ? { name: "admin.called", by: "operator", detail: name }
          : { name: "admin.refused", detail: name },
      );
      if (!allowed.ok) return allowed;
      const body = await readBody(call, "json", asked, maxBytes);
      if (!body.ok) return body;
      const done = await operation.run(gateway, body.value, SEARCH_MS);
      return done.ok ? ok({ status: 200, json: done.value }) : done;
    },
  };
}

/** Checked first: a stranger learns nothing about these operations. */
function checkToken({
  header,
  site,
}: Call): Result<void, AnyFailureOf<"token-missing" | "token-invalid">> {
  const authorization = header("authorization");
  if (authorization === undefined) return fail({ reason: "token-missing" });
  const shown = bearerTokenOf(authorization) ?? "";
  const isOperator = site.adminToken !== null && equalBytes(utf8(shown), utf8(site.adminToken));
  return isOperator ? ok(undefined) : fail({ reason: "token-invalid" });
}
