import type { ErrorStyle } from "../problems/error-response.ts";
import type { AnyFailure } from "../problems/problems.ts";

/** The values of one request in the middleware. */
export interface Carried {
  Variables: {
    requestId: string;
    route: string;
    errors: ErrorStyle;
    failure: AnyFailure | null;
    thrown: unknown;
  };
}
