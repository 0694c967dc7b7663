import { availableParallelism } from "node:os";

/** Environment in which Cloudflare's tools ask the internet for nothing. */
export const OFFLINE = {
  CI: "1",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
};

/** Files at once. What is promised within 3 s is asked of Workers that have a processor. */
export const AT_THE_EDGE_AT_ONCE = Math.ceil(availableParallelism() * 1.5);
