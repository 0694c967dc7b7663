import type { ErrorStyle } from "../problems/error-response.ts";
import type { AnyFailure } from "../problems/problems.ts";

/** What one request carries through the middleware. */
export interface Carried {
  Variables: {
    requestId: string;
    route: string;
    errors: ErrorStyle;
    failure: AnyFailure | null;
    thrown: unknown;
    /** What the client sees, where the answer is not in the app's own response. */
    status: number | null;
  };
}
