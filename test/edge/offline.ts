/** Environment in which Cloudflare's tools ask the internet for nothing. */
export const OFFLINE = {
  CI: "1",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
};
