import { jsonLog } from "../../adapters/console/log.ts";
import { MongoObject } from "../../adapters/durable/objects/mongo-object.ts";
import { connectMongo, type MongoStore } from "../../adapters/mongo/connect.ts";
import { loadSettings } from "../../config/load-settings.ts";
import { StartError } from "../shared/start-error.ts";
import { printLine } from "./worker-console.ts";
import { textsOf, type WorkerBindings } from "./worker-settings.ts";

/** The directory object of a Worker: the MongoDB of its settings. */
export class DirectoryObject extends MongoObject<WorkerBindings> {
  protected override connect(): MongoStore {
    const loaded = loadSettings(textsOf(this.env), { runtime: "workers" });
    const url = loaded.ok ? loaded.value.settings.store.mongoUrl : null;
    if (!loaded.ok || url === null) throw new StartError("MONGODB_URL is required");
    const { logLevel } = loaded.value.settings;
    return connectMongo({
      url,
      sockets: "few",
      log: jsonLog({ level: logLevel, now: Date.now, write: printLine }),
    });
  }
}
