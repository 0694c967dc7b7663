import { CeilingsObject } from "../../adapters/durable/objects/ceilings-object.ts";
import { LimitsObject } from "../../adapters/durable/objects/limits-object.ts";
import { StateObject } from "../../adapters/durable/objects/state-object.ts";
import { openProvider } from "../shared/open-provider.ts";
import { DirectoryObject } from "./worker-directory.ts";
import type { WorkerObjects } from "./worker-gateway.ts";
import { workerHandler } from "./worker-handler.ts";
import type { WorkerBindings } from "./worker-settings.ts";

export { CeilingsObject, DirectoryObject, LimitsObject, StateObject };

/** The gateway on Cloudflare Workers, in production. */
export default workerHandler<WorkerBindings & WorkerObjects>({
  environment: "production",
  partsOf: (env) => ({
    objects: env,
    directoryObjects: 8,
    openSender: openProvider,
  }),
});
