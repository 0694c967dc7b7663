import type { Json, StateStore, Versioned } from "../../../src/ports/state.ts";

export interface MemoryState extends StateStore {
  /** Every command with its key, in order. */
  readonly commands: string[];
  readonly values: ReadonlyMap<string, Versioned & { readonly expiresAt: number }>;
  /** Called before each write: to lose a race by writing, or to fail by throwing. */
  beforeWrite: (key: string) => void;
  /** Called after each write that took place. */
  afterWrite: (key: string) => void;
  /** As another node would write, whatever stands there. */
  put(key: string, value: Json, expiresAt?: number): void;
}

/** The state port in memory, with places to interfere; no adapter, so not put to the contract. */
export function memoryState(now: () => number): MemoryState {
  const values = new Map<string, Versioned & { readonly expiresAt: number }>();
  const commands: string[] = [];
  let versions = 0;
  const live = (key: string) => {
    const found = values.get(key);
    return found !== undefined && found.expiresAt > now() ? found : null;
  };
  const put = (key: string, value: Json, expiresAt = Number.MAX_SAFE_INTEGER): string => {
    const version = `v${++versions}`;
    values.set(key, { value: JSON.parse(JSON.stringify(value)), version, expiresAt });
    return version;
  };
  return {
    commands,
    values,
    put: (...args) => void put(...args),
    beforeWrite: () => undefined,
    afterWrite: () => undefined,
    async read(key) {
      commands.push(`read ${key}`);
      const found = live(key);
      return found && { value: found.value, version: found.version };
    },
    async write(key, value, { expect, expiresAt }) {
      commands.push(`write ${key}`);
      this.beforeWrite(key);
      if ((live(key)?.version ?? null) !== expect) return null;
      const version = put(key, value, expiresAt);
      this.afterWrite(key);
      return version;
    },
    async remove(key, { expect }) {
      commands.push(`remove ${key}`);
      return live(key)?.version === expect && values.delete(key);
    },
    check: async () => undefined,
  };
}
