import type { Directory } from "../../../src/ports/directory.ts";
import type { Limits } from "../../../src/ports/limits.ts";
import type { CodeSender } from "../../../src/ports/sms.ts";
import type { StateStore } from "../../../src/ports/state.ts";
import { deferredWork, type TestOptions } from "./test-gateway.ts";

type Port = "directory" | "state" | "sender" | "limits";

export interface PortCall {
  readonly port: Port;
  readonly method: string;
  /** The arguments without their content: keys, types, lengths. */
  readonly shape: string;
  /** The texts among the arguments' first, such as a key. */
  readonly key: string | null;
  /** Work that outlives the answer; the client did not wait for it. */
  readonly deferred: boolean;
  /**
   * Calls of the stores that a client waits for in one step, side by side, have the same number.
   * The calls of several clients at once are not told apart.
   */
  readonly step: number;
}

export interface Recorder {
  /** For `testGateway`. */
  readonly options: Pick<TestOptions, "wrapDirectory" | "wrapState" | "wrapSender" | "wrapLimits">;
  readonly calls: readonly PortCall[];
  /** What was recorded since it was last taken. */
  take(): readonly PortCall[];
}

/** Writes down every call of the stores and of the sender, whoever makes it. */
export function recorder(): Recorder {
  const calls: PortCall[] = [];
  let taken = 0;
  let [step, open] = [0, 0];
  const recorded = <T extends object>(port: Port, target: T): T =>
    new Proxy(target, {
      get(object, name, receiver) {
        const member = Reflect.get(object, name, receiver);
        if (typeof member !== "function" || typeof name !== "string") return member;
        return (...args: unknown[]) => {
          const [first] = args;
          const key = typeof first === "string" ? first : null;
          const deferred = deferredWork.getStore() !== undefined;
          const counts = !deferred && (port === "directory" || port === "state");
          if (counts && open === 0) step++;
          const shape = args.map(shapeOf).join(", ");
          calls.push({ port, method: name, shape, key, deferred, step });
          const result = member.apply(object, args);
          if (counts && result instanceof Promise) {
            const end = () => void open--;
            open++;
            // First of all that wait for it: whoever goes on from here begins a new step.
            result.then(end, end);
          }
          return result;
        };
      },
    });
  return {
    options: {
      wrapDirectory: (directory: Directory) => recorded("directory", directory),
      wrapState: (state: StateStore) => recorded("state", state),
      wrapSender: (sender: CodeSender) => recorded("sender", sender),
      wrapLimits: (limits: Limits) => recorded("limits", limits),
    },
    calls,
    take() {
      const fresh = calls.slice(taken);
      taken = calls.length;
      return fresh;
    },
  };
}

/** What a client waited for. */
export const awaited = (calls: readonly PortCall[]): readonly PortCall[] =>
  calls.filter(({ deferred }) => !deferred);

/** Calls of what holds data: the limiter, which is asked before all else, and the sender do not. */
export const ofStores = (calls: readonly PortCall[]): readonly PortCall[] =>
  calls.filter(({ port }) => port === "directory" || port === "state");

/** How many calls a client waited for at one port; an empty query is no command. */
export function countOf(calls: readonly PortCall[], port: Port): number {
  return awaited(calls).filter((call) => call.port === port && !isEmptyQuery(call)).length;
}

/** How many steps a client waited for at the stores, one after the other. */
export const stepsOf = (calls: readonly PortCall[]): number =>
  new Set(
    awaited(ofStores(calls))
      .filter((call) => !isEmptyQuery(call))
      .map(({ step }) => step),
  ).size;

const isEmptyQuery = ({ method, shape }: PortCall): boolean =>
  method.startsWith("find") && !shape.includes("text") && !shape.includes("number");

/** Keys, types and lengths of a value, as text; two values of one shape look alike to a clock. */
export function shapeOf(value: unknown): string {
  if (typeof value === "string") return `text(${value.length})`;
  if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
  if (Array.isArray(value)) return `[${value.map(shapeOf).join(", ")}]`;
  const members = Object.entries(value).map(([name, member]) => `${name}: ${shapeOf(member)}`);
  return `{${members.sort().join(", ")}}`;
}
