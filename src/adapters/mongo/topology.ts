import type { MongoClient, TopologyDescription } from "mongodb";
import type { Log } from "../../ports/log.ts";

const WRITABLE: ReadonlySet<string> = new Set([
  "Standalone",
  "RSPrimary",
  "Mongos",
  "LoadBalancer",
]);

/** Tracks the driver's view of the servers, and logs the loss and the return of a primary. */
export function watch(client: MongoClient, log: Log) {
  let description: TopologyDescription | null = null;
  let state: "new" | "up" | "down" | "closed" = "new";
  const servers = () => [...(description?.servers.values() ?? [])];
  client.on("topologyDescriptionChanged", ({ newDescription }) => {
    description = newDescription;
    if (state === "closed") return;
    const error = servers().find((server) => server.error !== null)?.error;
    if (servers().some(({ type }) => WRITABLE.has(type))) {
      if (state === "down") log.write("info", "mongo-up");
      state = "up";
    } else if (state === "up" || (state === "new" && error)) {
      log.write("error", "mongo-down", { error: error?.name ?? "no-primary" });
      state = "down";
    }
  });
  return {
    servers,
    forget: () => {
      state = "closed";
    },
  };
}
