/** Where tokens are kept: the three methods of `Storage`, at once or by promises. */
export interface TokenStorage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** Storage of this module, which knows its place. */
export interface PageStorage extends TokenStorage {
  /** Whether this tab alone keeps the value: a log-out in another tab did not remove it. */
  isOwn(key: string): boolean;
}

/**
 * - `memory`: gone with the page. Each tab signs in for itself.
 * - `session`: survives a reload. Each tab signs in for itself.
 * - `local`: survives the browser's end. All tabs share one session.
 */
export type StorageKind = "memory" | "session" | "local";

/** How long a reloaded page waits for the tab's lock of the page before it. */
const RELOAD_MS = 1000;

/** Keeps texts for the life of the page. */
function memoryStorage() {
  const kept = new Map<string, string>();
  return {
    isOwn: () => true,
    getItem: (key: string) => kept.get(key) || null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  };
}

/** @param name of this client; its keys begin with it */
export async function openStorage(kind: StorageKind, name: string): Promise<PageStorage> {
  try {
    // A browser that blocks storage throws here.
    if (kind === "local") return orMemory(localStorage, false);
    if (kind === "session" && (await isOwnTab(name))) return orMemory(sessionStorage, true);
  } catch {}
  return memoryStorage();
}

/**
 * Keeps in memory what the storage does not take, because it is full. The older value must go: a
 * refresh token that was used would end the session when it is sent once more.
 */
function orMemory(storage: Storage, isOwn: boolean): PageStorage {
  const memory = memoryStorage();
  return {
    isOwn: (key) => isOwn || memory.getItem(key) !== null,
    getItem: (key) => memory.getItem(key) || storage.getItem(key),
    setItem(key, value) {
      memory.removeItem(key);
      try {
        storage.setItem(key, value);
      } catch {
        storage.removeItem(key);
        memory.setItem(key, value);
      }
    },
    removeItem(key) {
      memory.removeItem(key);
      storage.removeItem(key);
    },
  };
}

/**
 * Whether this tab's sessionStorage is its own. A duplicated tab, and one that a page opened, begins
 * with a copy of it. Two tabs would then use one refresh token, and the gateway would end the
 * session. So each tab holds a lock while it lives, and the copy forgets what it was given. A frame
 * shares the storage of its page, which holds the lock: it must not empty it.
 */
async function isOwnTab(name: string): Promise<boolean> {
  const key = `${name}:tab`;
  const held = sessionStorage.getItem(key);
  if (held && (await holdLock(key + held))) return true;
  if (window.top !== window) return false;
  sessionStorage.removeItem(name);
  const fresh = String(Math.random());
  sessionStorage.setItem(key, fresh);
  return holdLock(key + fresh);
}

/** Holds a lock for the life of the page. @returns false where another page holds it */
function holdLock(name: string): Promise<boolean> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), RELOAD_MS);
  return new Promise((resolve) => {
    navigator.locks
      .request(name, { signal: stop.signal }, () => {
        clearTimeout(timer);
        resolve(true);
        return new Promise(() => {});
      })
      .catch(() => resolve(false));
  });
}
