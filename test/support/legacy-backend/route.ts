import type { Role } from "../../../src/core/roles.ts";
import type { Answer } from "./answer.ts";
import type { Caller } from "./caller.ts";
import type { LegacyData } from "./data.ts";
import type { Fields } from "./filter.ts";

/** What a route is asked. */
export interface Ask {
  readonly data: LegacyData;
  /** Decoded segments of the path by the pattern's names. */
  readonly params: Readonly<Record<string, string>>;
  /** The last value of the parameter; null where it is absent. */
  query(name: string): string | null;
  /** Empty for a route that reads no body. */
  readonly body: Fields;
  readonly raw: Buffer;
  readonly secret: string;
}

export interface CallerAsk extends Ask {
  readonly caller: Caller;
}

/** What the backend itself demands of a caller, today. */
export type Needs = "nothing" | "token" | readonly Role[];

interface Common {
  readonly method: string;
  readonly path: string;
  /** Fields that a JSON body must have; null: no body is read. */
  readonly bodyFields: readonly string[] | null;
}

export type Route = Common &
  (
    | { readonly needs: "nothing"; answer(ask: Ask): Answer | Promise<Answer> }
    | { readonly needs: "token" | readonly Role[]; answer(ask: CallerAsk): Answer }
  );

/** @param match `POST /api/orders/`; {@link Common.bodyFields} as the last argument */
export const open = (
  match: string,
  answer: (ask: Ask) => Answer | Promise<Answer>,
  bodyFields: readonly string[] | null = null,
): Route => ({ ...read(match), needs: "nothing", answer, bodyFields });

export const anyToken = (
  match: string,
  answer: (ask: CallerAsk) => Answer,
  bodyFields: readonly string[] | null = null,
): Route => ({ ...read(match), needs: "token", answer, bodyFields });

/** A guard for these roles alone. */
export const forRoles =
  (...roles: readonly Role[]) =>
  (
    match: string,
    answer: (ask: CallerAsk) => Answer,
    bodyFields: readonly string[] | null = null,
  ): Route => ({ ...read(match), needs: roles, answer, bodyFields });

function read(match: string): { readonly method: string; readonly path: string } {
  const [method = "", path = ""] = match.split(" ");
  return { method, path };
}

/** Every method by which something is asked or changed. */
export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
