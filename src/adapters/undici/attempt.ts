import type { Dispatcher } from "undici";
import { fail, ok, type Result } from "../../core/result.ts";
import {
  type AnswerPlan,
  CLIENT_GONE,
  CROWDED,
  type Forwarded,
  type Head,
  type HeaderList,
  NO_ROOM,
  type UpstreamFailure,
} from "../../ports/upstream.ts";
import type { AnswerBuffers } from "./answer-buffers.ts";
import type { Bindings } from "./bindings.ts";
import { atEndOfTurn } from "./end-of-turn.ts";
import { isCut, unreachable, upstreamFailure } from "./failures.ts";
import type { ConnectionPlace, Guest, Places } from "./places.ts";
import { sendJudged, sent } from "./responses.ts";
import { collectSink, PassOnSink, type Sink, writeHead } from "./sinks.ts";
import type { HeldAnswer, StalledAnswers } from "./stalled-answers.ts";
import type { Waiting, WaitingLine } from "./waiting-line.ts";

export type Attempted = Result<Forwarded, UpstreamFailure>;

type Controller = Dispatcher.DispatchController;
/** The reason why the gateway ended an exchange. */
type Stop =
  | "client-gone"
  | "client-stalled"
  | "crowded"
  | "no-room"
  | "too-large"
  | "queued-too-long";

/** Shared by all exchanges. */
export interface Surroundings {
  readonly places: Places;
  readonly buffers: AnswerBuffers;
  readonly stalled: StalledAnswers;
  readonly line: WaitingLine;
  /** A client that sends or reads no byte for this long stalls. */
  readonly stallMs: number;
}

export interface AttemptOptions {
  readonly bindings: Bindings;
  /** The client's source for limits. */
  readonly source: string;
  readonly around: Surroundings;
  plan(head: Head): AnswerPlan;
  /** The outcome where the connection broke before the first byte of the answer. */
  died(): Attempted | Promise<Attempted>;
}

/** One request on one connection, driven by undici; `result` settles with the answer's head. */
export class Attempt implements Dispatcher.DispatchHandler, Waiting, Guest {
  place = -1;
  waitsUntil = 0;
  readonly result: Promise<Attempted>;
  readonly #options: AttemptOptions;
  readonly #settled = Promise.withResolvers<Attempted>();
  readonly #pool: Dispatcher;
  #request: Dispatcher.DispatchOptions | null = null;
  #place: ConnectionPlace | null = null;
  /** Whether it has a connection, or needs none any more. */
  #hasBegun = false;
  #controller: Controller | null = null;
  #stopped: Stop | null = null;
  #answerBegan = false;
  #sink: Sink | null = null;
  /** The answer was complete with its head; later errors of the connection do not matter. */
  #isOver = false;
  #heldAnswer: HeldAnswer | null = null;

  constructor(pool: Dispatcher, options: AttemptOptions) {
    this.#pool = pool;
    this.#options = options;
    this.result = this.#settled.promise;
  }

  /** Sends the request when a connection is free for it, unless the attempt was stopped by then. */
  send(request: Dispatcher.DispatchOptions): void {
    if (this.#stopped !== null) return;
    const { around, source } = this.#options;
    this.#request = request;
    const place = around.places.take(source, this);
    this.#place ??= place;
    if (place === null) this.stop("crowded");
    else if (!this.#hasBegun) around.line.join(this);
  }

  /** For `Places`. */
  begin(place: ConnectionPlace): void {
    this.#place = place;
    if (this.#request !== null) dispatchLater(this);
  }

  /** For `dispatchLater`. */
  dispatch(): void {
    try {
      // One that was stopped meanwhile is not written: see `onRequestStart`.
      if (this.#request !== null) this.#pool.dispatch(this.#request, this);
    } catch (error) {
      this.#settled.reject(error);
    }
  }

  #leaveLine(): void {
    this.#hasBegun = true;
    this.#options.around.line.leave(this);
  }

  /** Ends the exchange at any stage. */
  stop(why: Stop): void {
    this.#stopped ??= why;
    this.#leaveLine();
    this.#place?.giveUp();
    if (this.#controller !== null) this.#controller.abort(new Error(why));
    else this.#settled.resolve(stopped(this.#stopped));
  }

  onRequestStart(controller: Controller): void {
    this.#leaveLine();
    this.#controller = controller;
    if (this.#stopped !== null) controller.abort(new Error(this.#stopped));
  }

  onResponseStarted(): void {
    this.#answerBegan = true;
  }

  onResponseStart(controller: Controller, status: number, headers: Parsed): void {
    if (status < 200) return;
    try {
      this.#answer(controller, { status, headers: headerList(headers, controller) });
      // undici takes the length of a 304 (RFC 9110 section 8.6) for a body that did not come.
      if (status === 204 || status === 304) this.#end();
    } catch (error) {
      this.#settled.reject(error);
      controller.abort(new Error("the answer cannot be passed on"));
    }
  }

  onResponseData(_: Controller, chunk: Buffer): void {
    this.#sink?.take(chunk);
  }

  onResponseEnd(): void {
    this.#place?.leave();
    if (!this.#isOver) this.#sink?.end();
  }

  onResponseError(_: Controller, error: Error): void {
    this.#leaveLine();
    this.#place?.leave();
    if (this.#isOver) return;
    if (this.#sink !== null) this.#sink.broke(error);
    else this.#settle(() => this.#withoutHead(error));
  }

  #end(): void {
    this.#isOver = true;
    this.#sink?.end();
  }

  #withoutHead(error: Error): Attempted | Promise<Attempted> {
    if (this.#stopped !== null) return stopped(this.#stopped);
    const wasWritten = this.#controller !== null;
    if (wasWritten && !this.#answerBegan && isCut(error)) return this.#options.died();
    return upstreamFailure(error, wasWritten);
  }

  #answer(controller: Controller, head: Head): void {
    // 600 and above have no meaning for a client (RFC 9110 section 15).
    if (head.status > 599) {
      this.#settled.resolve(unreachable("broken-answer"));
      controller.abort(new Error("no status"));
      return;
    }
    const plan = this.#options.plan(head);
    if (plan.kind === "buffer") {
      const flow = {
        abort: (error: Error) => controller.abort(error),
        noRoom: () => this.stop("no-room"),
      };
      this.#sink = collectSink(plan, flow, (body, error) =>
        this.#settle(async () => {
          try {
            return await this.#judged(plan, body, error);
          } finally {
            plan.room.leave();
          }
        }),
      );
      return;
    }
    const length = writeHead(this.#options.bindings.outgoing, plan.head);
    this.#sink = this.#passOn(controller, length);
    this.#settled.resolve(ok(sent(plan.head.status)));
  }

  #passOn(upstream: Controller, length: number | null): Sink {
    const { around, bindings } = this.#options;
    const { outgoing } = bindings;
    const heldUp = (isHeld: boolean) => this.#heldUp(isHeld);
    return new PassOnSink({ outgoing, upstream, length, buffers: around.buffers, heldUp });
  }

  #heldUp(isHeld: boolean): void {
    const { stalled } = this.#options.around;
    this.#heldAnswer ??= this.#held();
    if (isHeld) stalled.hold(this.#heldAnswer);
    else stalled.release(this.#heldAnswer);
  }

  #held(): HeldAnswer {
    const { bindings, source } = this.#options;
    const place = this.#place ?? { leave: () => undefined };
    return { outgoing: bindings.outgoing, socket: bindings.incoming.socket, source, place };
  }

  async #judged(
    plan: Extract<AnswerPlan, { kind: "buffer" }>,
    body: Uint8Array<ArrayBuffer> | null,
    error: Error | null,
  ): Promise<Attempted> {
    if (this.#stopped !== null) return stopped(this.#stopped);
    if (error !== null) return upstreamFailure(error, true);
    if (body === null) return unreachable("unjudgeable-answer");
    const judged = await plan.judge(body);
    if (!judged.ok) return judged;
    sendJudged(this.#options.bindings, judged.value);
    return ok(sent(judged.value.head.status));
  }

  #settle(outcome: () => Attempted | Promise<Attempted>): void {
    try {
      this.#settled.resolve(outcome());
    } catch (error) {
      this.#settled.reject(error);
    }
  }
}

const dispatchLater = atEndOfTurn<Attempt>((attempt) => attempt.dispatch());

function stopped(why: Stop): Result<Forwarded, UpstreamFailure> {
  if (why === "too-large") return fail({ reason: "payload-too-large" });
  if (why === "client-stalled") return fail({ reason: "request-timeout" });
  if (why === "crowded") return fail(CROWDED);
  if (why === "no-room") return fail(NO_ROOM);
  if (why === "queued-too-long") return fail({ reason: "upstream-timeout" });
  return ok(sent(CLIENT_GONE));
}

type Parsed = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2];

/** Names in lower case; each byte of a value is one character, as Node writes it again. */
function headerList(parsed: Parsed, { rawHeaders }: Pick<Controller, "rawHeaders">): HeaderList {
  const list: [string, string][] = [];
  for (const name in parsed) {
    const value = parsed[name];
    // undici has joined fields of one name: their order among the others is in the raw head alone.
    if (typeof value !== "string") return rawList(rawHeaders);
    list.push([name, value]);
  }
  return list;
}

function rawList(raw: Controller["rawHeaders"]): HeaderList {
  const list: [string, string][] = [];
  if (!Array.isArray(raw)) return list;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    list.push([textOf(raw[i]).toLowerCase(), textOf(raw[i + 1])]);
  }
  return list;
}

const textOf = (bytes: Buffer | string | undefined): string =>
  typeof bytes === "object" ? bytes.toString("latin1") : (bytes ?? "");
