import type { TestGateway } from "./test-gateway.ts";

/** The setting that lets tests say by `X-Forwarded-For` where a client comes from. */
export const BEHIND_A_PROXY = { TRUSTED_PROXIES: "127.0.0.0/8" };

/** The same gateway, as a client at this address reaches it. It needs BEHIND_A_PROXY. */
export function comeFrom(address: string, gateway: TestGateway): TestGateway {
  const { app } = gateway;
  const request: TestGateway["app"]["request"] = (input, init, ...rest) => {
    const headers = new Headers(init?.headers);
    headers.set("x-forwarded-for", address);
    return app.request(input, { ...init, headers }, ...rest);
  };
  return {
    ...gateway,
    app: new Proxy(app, { get: (on, key) => (key === "request" ? request : Reflect.get(on, key)) }),
  };
}
