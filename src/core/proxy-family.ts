/** The proxies that can ask for decisions: FORWARD_AUTH. */
export const PROXY_FAMILIES = ["nginx", "traefik", "caddy", "envoy"] as const;

export type ProxyFamily = (typeof PROXY_FAMILIES)[number];
