import { defaultData } from "../support/legacy-backend/data.ts";
import { startLegacyBackend } from "../support/legacy-backend/start.ts";
import { askPort, type ProxiedPlace } from "../support/proxy/proxied-world.ts";
import { type EdgeOptions, type EdgePlace, openPlace, withoutSearch } from "./edge-place.ts";

/** The collections that the gateway itself reads, which here stand in MongoDB. */
const OWN_READS = ["users", "customers_v2", "subscriptions_v2"] as const;

export interface EdgeProxied extends ProxiedPlace {
  readonly place: EdgePlace;
}

/**
 * The built Worker in front of the stand-in. What a route writes stays with the stand-in; the
 * gateway reads MongoDB, in which stands what the stand-in began with.
 */
export async function proxiedPlace({ env, through }: EdgeOptions = {}): Promise<EdgeProxied> {
  const backend = await startLegacyBackend();
  const upstream = { LEGACY_UPSTREAM_URL: backend.url, LEGACY_JWT_SECRET: backend.secret };
  const place = await openPlace({ env: { ...upstream, ...env }, ...(through && { through }) });
  const { mongo, settings, worker } = place;
  const data = defaultData();
  for (const collection of OWN_READS) await mongo.put(collection, data[collection]);
  const { issuer } = settings.accessTokens;
  return {
    backend,
    place,
    test: { ...withoutSearch(place), site: { issuer } },
    ask: (asked) => askPort(Number(new URL(worker.url).port), asked),
    async reset() {
      Object.assign(backend.data, defaultData());
      backend.received.length = 0;
    },
    async stop() {
      await place.stop();
      await backend.stop();
    },
  };
}
