import { Socket } from "node:net";

/**
 * Tests reach this machine and nothing else: fetch, tls and every driver connect by way of
 * `Socket.connect`. Also preloaded into the gateways that tests start.
 */
const connect = Socket.prototype.connect;

Socket.prototype.connect = function loopbackOnly(this: Socket, ...args: unknown[]) {
  const host = hostOf(args);
  if (host !== null && !/^(localhost|::1|127(\.\d{1,3}){3})$/.test(host)) {
    throw new Error("the network is off in tests: only loopback may be connected to");
  }
  return Reflect.apply(connect, this, args);
} as typeof connect;

/** The host of `connect(options)`, `connect(port, host)` or `connect(path)`; null for a path. */
function hostOf([first, second]: readonly unknown[]): string | null {
  // Node's own callers pass the arguments that they have normalized already, as one array.
  if (Array.isArray(first)) return hostOf(first);
  if (typeof first === "object" && first !== null) {
    const { host = "localhost", path } = first as { host?: string; path?: string | null };
    return typeof path === "string" ? null : host;
  }
  if (typeof first === "string" && !/^\d+$/.test(first)) return null;
  return typeof second === "string" ? second : "localhost";
}
