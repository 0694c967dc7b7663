import { AdapterError } from "../../../src/ports/adapter-error.ts";
import type { TestOptions } from "../../support/gateway/test-gateway.ts";

type PortName = "directory" | "state" | "sender" | "limits";

export interface Faults {
  readonly options: Pick<TestOptions, "wrapDirectory" | "wrapState" | "wrapSender" | "wrapLimits">;
  /** From now on calls that `when` holds for throw `error`. */
  failOn(when: (port: PortName, method: string, args: readonly unknown[]) => boolean): void;
  throwing(make: () => unknown): void;
  heal(): void;
}

const unavailable = (): AdapterError =>
  new AdapterError("test", "call", "unavailable", { cause: new Error("ECONNREFUSED 10.0.0.5") });

/** Ports that work until they are told not to. */
export function faults(): Faults {
  let fails: Parameters<Faults["failOn"]>[0] = () => false;
  let make: () => unknown = unavailable;
  const faulty = <T extends object>(port: PortName, target: T): T =>
    new Proxy(target, {
      get(object, name, receiver) {
        const member = Reflect.get(object, name, receiver);
        if (typeof member !== "function" || typeof name !== "string") return member;
        return (...args: unknown[]) => {
          if (fails(port, name, args)) return Promise.reject(make());
          return member.apply(object, args);
        };
      },
    });
  return {
    options: {
      wrapDirectory: (directory) => faulty("directory", directory),
      wrapState: (state) => faulty("state", state),
      wrapSender: (sender) => faulty("sender", sender),
      wrapLimits: (limits) => faulty("limits", limits),
    },
    failOn(when) {
      fails = when;
    },
    throwing(thrown) {
      make = thrown;
    },
    heal() {
      fails = () => false;
      make = unavailable;
    },
  };
}
