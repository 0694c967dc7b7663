/** The library's files by themselves: all of its stores together weigh a Worker 17 KB gzipped. */
declare module "rate-limiter-flexible/lib/RateLimiterRes.js" {
  import { RateLimiterRes } from "rate-limiter-flexible";

  export default RateLimiterRes;
}

declare module "rate-limiter-flexible/lib/RateLimiterSQLite.js" {
  import { RateLimiterSQLite } from "rate-limiter-flexible";

  export default RateLimiterSQLite;
}
