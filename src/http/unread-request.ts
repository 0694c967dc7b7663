import type { Head } from "../ports/upstream.ts";
import { answerHead } from "../proxy/wire/answer-head.ts";
import { errorResponse } from "./problems/error-response.ts";
import type { AnyFailureOf } from "./problems/problems.ts";
import type { Site } from "./route.ts";

/** Why a request never reached the app: the runtime's own parser, or a client's time, ended it. */
export type UnreadFailure = AnyFailureOf<
  | "request-malformed"
  | "request-timeout"
  | "payload-too-large"
  | "expectation-failed"
  | "head-too-large"
>;

export interface UnreadRequest {
  readonly requestId: string;
  /** Its `Origin`, as far as the head could be read. */
  readonly origin: string | null;
}

/** No answer of ours can name it: there was no upstream. */
const NO_UPSTREAM = "http://upstream.invalid";

/** The answer to a request that the app never saw, under the same head as every other answer. */
export async function unreadAnswer(
  { allowedOrigins, publicUrl }: Pick<Site, "allowedOrigins" | "publicUrl">,
  failure: UnreadFailure,
  { origin, requestId }: UnreadRequest,
): Promise<Head & { readonly body: string }> {
  const response = errorResponse("compat", failure, {
    publicUrl,
    requestId,
    supportPhone: null,
  });
  const { status } = response;
  const head = answerHead(
    { status, headers: [...response.headers] },
    {
      requestId,
      origin,
      allowedOrigins,
      upstreamOrigin: NO_UPSTREAM,
      isHttps: publicUrl.startsWith("https:"),
      isPrivate: true,
      isJudged: false,
    },
  );
  return { ...head, body: await response.text() };
}
