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
    /** The client's status, where the answer is not in the app's own response. */
    status: number | null;
  };
}
