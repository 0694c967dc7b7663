import type { UpstreamCause } from "../../core/failure.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Hold } from "../../core/shared-room.ts";
import { CLIENT_GONE, type Forwarded, type UpstreamFailure } from "../../ports/upstream.ts";

/** The reason why the gateway ended an exchange. */
type Stop = "client-gone" | "client-stalled" | "timeout" | "too-large";

/** One exchange with the upstream, and the reason for its end. */
export interface Exchange {
  readonly signal: AbortSignal;
  stop(why: Stop): void;
  /** Gives up the rest of the answer. */
  leave(): void;
  /** The upstream has sent all: the exchange holds nothing of the upstream any more. */
  whole(): void;
  /** The upstream has `timeoutMs` from now for its next part. */
  expectWord(): void;
  /** The client has `stallMs` from now for the next part of its body. */
  expectBody(): void;
  /** Stops the clock: the part has arrived, or it is the other side's turn. */
  heard(): void;
  /** The failure for which the gateway ended the exchange, or null where it did not. */
  outcome(): Result<Forwarded, UpstreamFailure> | null;
}

export interface ExchangeClocks {
  readonly timeoutMs: number;
  readonly stallMs: number;
}

/**
 * @param client aborts when the client hangs up, where the platform tells
 * @param place what the exchange holds of the upstream
 */
export function openExchange(
  client: AbortSignal,
  { stallMs, timeoutMs }: ExchangeClocks,
  place: Hold,
): Exchange {
  const controller = new AbortController();
  let stopped: Stop | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (why: Stop) => {
    stopped ??= why;
    clearTimeout(timer);
    place.leave();
    controller.abort();
  };
  if (client.aborted) stop("client-gone");
  else client.addEventListener("abort", () => stop("client-gone"), { once: true });
  return {
    signal: controller.signal,
    stop,
    leave() {
      clearTimeout(timer);
      place.leave();
      controller.abort();
    },
    whole() {
      clearTimeout(timer);
      place.leave();
    },
    expectWord() {
      clearTimeout(timer);
      timer = setTimeout(() => stop("timeout"), timeoutMs);
    },
    expectBody() {
      clearTimeout(timer);
      timer = setTimeout(() => stop("client-stalled"), stallMs);
    },
    heard() {
      clearTimeout(timer);
      place.touch();
    },
    outcome: () => stopped && OUTCOMES[stopped](),
  };
}

const OUTCOMES: Readonly<Record<Stop, () => Result<Forwarded, UpstreamFailure>>> = {
  "client-gone": () =>
    ok({ status: CLIENT_GONE, response: new Response(null, { status: CLIENT_GONE }) }),
  "client-stalled": () => fail({ reason: "request-timeout" }),
  timeout: () => fail({ reason: "upstream-timeout" }),
  "too-large": () => fail({ reason: "payload-too-large" }),
};

export const upstreamUnreachable = (cause: UpstreamCause): Result<never, UpstreamFailure> =>
  fail({ reason: "upstream-unreachable", cause });
