import type { Redis, Result } from "ioredis";
import { type Pool, PROVEN_FOR_MS, type RefusedSource, windowsAt } from "../../core/ceilings.ts";
import type { Ceilings } from "../../ports/ceilings.ts";
import {
  type CountedOptions,
  hashedSource,
  refusedVerdict,
  shareOf,
  windowName,
} from "../ceilings/counted-ceilings.ts";
import { redisAttempt } from "./connect.ts";

/** Counters stay this long after their window's end, for nodes with different clocks. */
const KEPT_AFTER_END_MS = 60_000;
/** One hash tag: all keys are on one slot of a cluster, so that one script can read them all. */
const PREFIX = "{ceilings}/";

/**
 * `poolFor` and `decideCeiling` of core/ceilings.ts. KEYS: each window's counters, then the mark of
 * a proven network. ARGV: hashed address, hashed network, then limit and life in ms of each window.
 * Returns the pool of each window; or the refused source and the index of the refusing window.
 */
const TAKE = `
local last = #KEYS
local address, network, kept = 'a/' .. ARGV[1], 'n/' .. ARGV[2], 'r/' .. ARGV[2]
local proven = redis.call('EXISTS', KEYS[last]) == 1
local pools = {}
for i = 1, last - 1 do
  local limit = tonumber(ARGV[2 * i + 1])
  local counts = redis.call('HMGET', KEYS[i],
    'common', 'networks', 'reserve', address, network, kept)
  for n = 1, 6 do counts[n] = tonumber(counts[n] or 0) or 0 end
  local common, networks, reserve, of_address, of_network, kept_of_network = unpack(counts)
  local refused = nil
  if common * 2 >= limit then
    if of_address * 20 >= limit then refused = 'address'
    elseif of_network * 10 >= limit or of_network * networks > limit then refused = 'network'
    elseif common >= limit then refused = 'service' end
  end
  if refused == nil then pools[i] = 'common'
  elseif proven and (reserve + 1) * 2 <= limit and (kept_of_network + 1) * 4 <= limit then
    pools[i] = 'reserve'
  else return { refused, tostring(i) } end
end
for i = 1, last - 1 do
  redis.call('HINCRBY', KEYS[i], pools[i], 1)
  if pools[i] == 'reserve' then redis.call('HINCRBY', KEYS[i], kept, 1)
  else
    redis.call('HINCRBY', KEYS[i], address, 1)
    if redis.call('HINCRBY', KEYS[i], network, 1) == 1 then
      redis.call('HINCRBY', KEYS[i], 'networks', 1)
    end
  end
  redis.call('PEXPIRE', KEYS[i], ARGV[2 * i + 2])
end
return pools
`;

/** KEYS: the counters of windows. ARGV: hashed address, hashed network, then each window's pool. */
const GIVE_BACK = `
local function less(key, field)
  local left = redis.call('HINCRBY', key, field, -1)
  if left <= 0 then redis.call('HDEL', key, field) end
  return left
end
for i = 1, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    less(KEYS[i], ARGV[i + 2])
    if ARGV[i + 2] == 'reserve' then less(KEYS[i], 'r/' .. ARGV[2])
    else
      less(KEYS[i], 'a/' .. ARGV[1])
      if less(KEYS[i], 'n/' .. ARGV[2]) <= 0 then less(KEYS[i], 'networks') end
    end
  end
end
return 0
`;

declare module "ioredis" {
  interface RedisCommander<Context> {
    doorstepTakeShare(keys: number, ...values: (string | number)[]): Result<string[], Context>;
    doorstepGiveBackShare(keys: number, ...values: (string | number)[]): Result<number, Context>;
  }
}

/** Ceilings in Redis: a hash of counters for each window. Each event is one script. */
export function redisCeilings(redis: Redis, { budgets, hash, now }: CountedOptions): Ceilings {
  redis.defineCommand("doorstepTakeShare", { lua: TAKE });
  redis.defineCommand("doorstepGiveBackShare", { lua: GIVE_BACK });
  return {
    async take(name, source) {
      const { address, network } = await hashedSource(hash, source);
      const at = now();
      const windows = windowsAt(budgets[name], at);
      const keys = [...windows.map((window) => PREFIX + windowName(name, window)), proven(network)];
      const bounds = windows.flatMap(({ endsAt, limit }) => [
        limit,
        endsAt - at + KEPT_AFTER_END_MS,
      ]);
      const answer = await redisAttempt("take-share", () =>
        redis.doorstepTakeShare(keys.length, ...keys, address, network, ...bounds),
      );
      const [first, index] = answer;
      const window = windows[Number(index) - 1];
      if (isRefusal(first) && window !== undefined)
        return refusedVerdict({ by: first, window }, at);
      return { allowed: true, share: shareOf(name, source, windows, answer as Pool[]) };
    },
    async giveBack({ counted, name, source }) {
      const { address, network } = await hashedSource(hash, source);
      const standing = counted.filter(({ endsAt }) => endsAt > now());
      if (standing.length === 0) return;
      const keys = standing.map((window) => PREFIX + windowName(name, window));
      const pools = standing.map(({ pool }) => pool);
      await redisAttempt("give-back-share", () =>
        redis.doorstepGiveBackShare(keys.length, ...keys, address, network, ...pools),
      );
    },
    async noteProven(network) {
      const key = proven(await hash(network));
      await redisAttempt("note-proven", () => redis.set(key, "1", "PX", PROVEN_FOR_MS));
    },
  };
}

const proven = (hashedNetwork: string): string => `${PREFIX}proven/${hashedNetwork}`;

const isRefusal = (text: string | undefined): text is RefusedSource =>
  text === "address" || text === "network" || text === "service";
