import customers from "../../../sample/customers_v2.json" with { type: "json" };
import users from "../../../sample/users.json" with { type: "json" };
import { CeilingsObject } from "../../adapters/durable/objects/ceilings-object.ts";
import { LimitsObject } from "../../adapters/durable/objects/limits-object.ts";
import { SampleObject } from "../../adapters/durable/objects/sample-object.ts";
import { StateObject } from "../../adapters/durable/objects/state-object.ts";
import { openConsole } from "../shared/open-console.ts";
import { openProvider } from "../shared/open-provider.ts";
import { DirectoryObject } from "./worker-directory.ts";
import type { WorkerObjects } from "./worker-gateway.ts";
import { workerHandler } from "./worker-handler.ts";
import type { WorkerBindings } from "./worker-settings.ts";

/** The sample's customers and users, used without MONGODB_URL. */
export class SampleDirectoryObject extends SampleObject {
  protected override sample() {
    return { users, customers_v2: customers };
  }
}

export { CeilingsObject, DirectoryObject, LimitsObject, StateObject };

interface DevelopmentObjects extends WorkerObjects {
  readonly SAMPLE: WorkerObjects["DIRECTORY"];
}

/** The same gateway under `wrangler dev`, with the parts of development. Never deployed. */
export default workerHandler<WorkerBindings & DevelopmentObjects>({
  environment: "development",
  partsOf: (env) => ({
    objects: env["MONGODB_URL"] ? env : { ...env, DIRECTORY: env.SAMPLE },
    // The sample is in one object.
    directoryObjects: 1,
    openSender: (settings, runtime, log) =>
      settings.smsProvider === "console"
        ? openConsole(runtime)
        : openProvider(settings, runtime, log),
  }),
});
