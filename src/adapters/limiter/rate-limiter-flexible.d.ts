/** A single file of the library: all of its stores together weigh a Worker 17 KB gzipped. */
declare module "rate-limiter-flexible/lib/RateLimiterSQLite.js" {
  import { RateLimiterSQLite } from "rate-limiter-flexible";

  export default RateLimiterSQLite;
}

/** Exported by the library's types only, and not by its entry. */
declare module "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js" {
  import { RateLimiterStoreAbstract } from "rate-limiter-flexible";

  export default RateLimiterStoreAbstract;
}

declare module "rate-limiter-flexible/lib/RateLimiterRes.js" {
  import { RateLimiterRes } from "rate-limiter-flexible";

  export default RateLimiterRes;
}
