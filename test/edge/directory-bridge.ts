import { durableDirectory, durableOwnership } from "../../src/adapters/durable/directory.ts";
import type { DirectoryRemote } from "../../src/adapters/durable/directory-calls.ts";
import type { ObjectNamespace } from "../../src/adapters/durable/platform.ts";
import type { BridgeAnswer, BridgeRequest } from "./bridge-worker.ts";

/** More than one, so that questions part; each opens connections of its own in every test. */
const OBJECTS = 2;
const OPTIONS = { objects: OBJECTS, now: Date.now };

/** A directory whose objects are in workerd, and whose Worker's side is here. */
export function bridgedDirectory(bridge: string, mongoUrl: string) {
  const own = crypto.randomUUID();
  const commands = new Map<string, number>();
  const ask = async (request: BridgeRequest): Promise<unknown> => {
    const response = await fetch(bridge, { method: "POST", body: JSON.stringify(request) });
    if (!response.ok) throw new Error(`the bridge answered ${response.status}`);
    const answer = (await response.json()) as BridgeAnswer;
    commands.set(request.object, answer.commands);
    return answer.outcome;
  };
  const used = new Set<string>();
  const namespace: ObjectNamespace<DirectoryRemote> = {
    idFromName: (name) => `${mongoUrl}#${own}/${name}`,
    get(id) {
      const object = id as string;
      used.add(object);
      const call =
        (method: string) =>
        (...args: readonly unknown[]) =>
          ask({ object, method, args });
      return new Proxy({}, { get: (_, method) => call(String(method)) }) as DirectoryRemote;
    },
  };
  const end = (objects: readonly string[]) =>
    Promise.all(objects.map((object) => ask({ object, method: "end", args: [] })));
  return {
    namespace,
    directory: durableDirectory(namespace, OPTIONS),
    ownership: durableOwnership(namespace, OPTIONS),
    commands: () => [...commands.values()].reduce((sum, count) => sum + count, 0),
    /** Takes the store away from every object that the directory may ask. */
    breakIt: async () => {
      const names = [...Array(OBJECTS).keys(), "scan", "check"];
      await end(names.map((name) => `${mongoUrl}#${own}/directory/${name}`));
    },
    close: async () => void (await end([...used])),
  };
}
