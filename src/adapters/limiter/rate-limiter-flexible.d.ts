/** A file of the library by itself: all of its stores together weigh a Worker 17 KB gzipped. */
declare module "rate-limiter-flexible/lib/RateLimiterSQLite.js" {
  import { RateLimiterSQLite } from "rate-limiter-flexible";

  export default RateLimiterSQLite;
}
