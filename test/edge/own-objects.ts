import type { ObjectNamespace } from "../../src/adapters/durable/platform.ts";

/** The objects of a namespace that no other test has, and what takes them all away. */
export function ownObjects<Remote>(
  namespace: ObjectNamespace<Remote>,
  broken: ObjectNamespace<Remote>,
) {
  const prefix = `${crypto.randomUUID()}/`;
  let current = namespace;
  const own: ObjectNamespace<Remote> = {
    idFromName: (name) => [name],
    get: (id) => current.get(current.idFromName(prefix + (id as readonly [string])[0])),
  };
  return {
    namespace: own,
    named: (name: string): Remote & object => own.get([name]) as Remote & object,
    takeAway() {
      current = broken;
    },
  };
}
