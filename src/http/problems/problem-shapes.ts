import * as z from "zod/mini";
import { named } from "../named-shape.ts";
import { PROBLEM_CODES } from "./catalogue.ts";
import { OAUTH_ERRORS } from "./problems.ts";

const problemMembers = {
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(PROBLEM_CODES),
  instance: z.string(),
  errors: z.optional(z.array(z.object({ pointer: z.string(), detail: z.string() }))),
  attempts_remaining: z.optional(z.int()),
};

export const problemShape = named(
  "Problem",
  "RFC 9457 problem details. `type` explains the `code`; `instance` is the request's id.",
  z.object(problemMembers),
);

export const compatProblemShape = named(
  "CompatProblem",
  "The same for the old web app, which looks for the sentence in `message`.",
  z.object({ ...problemMembers, message: z.string() }),
);

export const oauthErrorShape = named(
  "OAuthError",
  "RFC 6749 section 5.2 error, with the problem's code.",
  z.object({
    error: z.enum(OAUTH_ERRORS),
    error_description: z.string(),
    code: z.enum(PROBLEM_CODES),
  }),
);
