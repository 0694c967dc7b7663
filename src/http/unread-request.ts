import { originOf } from "../core/address/origin.ts";
import type { Head } from "../ports/upstream.ts";
import { answerHead } from "../proxy/wire/answer-head.ts";
import { errorAnswer } from "./problems/error-response.ts";
import type { AnyFailureOf } from "./problems/problems.ts";
import type { Site } from "./route.ts";

/**
 * The reason why a request never reached the app: the runtime's parser or a time limit ended it.
 */
export type UnreadFailure = AnyFailureOf<
  | "request-malformed"
  | "request-timeout"
  | "payload-too-large"
  | "expectation-failed"
  | "head-too-large"
>;

export interface UnreadRequest {
  readonly requestId: string;
  /** The request's `Origin`, if the head could be read that far. */
  readonly origin: string | null;
}

/** No answer can name this host: there was no upstream. */
const NO_UPSTREAM = originOf(new URL("http://upstream.invalid"));

/** The answer to a request that the app never saw, with the same head as every other answer. */
export async function unreadAnswer(
  { allowedOrigins, publicUrl }: Pick<Site, "allowedOrigins" | "publicUrl">,
  failure: UnreadFailure,
  { origin, requestId }: UnreadRequest,
): Promise<Head & { readonly body: string }> {
  const { body, ...told } = errorAnswer("compat", failure, { publicUrl, requestId });
  const head = answerHead(told, {
    requestId,
    origin,
    allowedOrigins,
    upstream: NO_UPSTREAM,
    isHttps: publicUrl.isHttps,
    isPrivate: true,
    isJudged: false,
  });
  return { ...head, body };
}
