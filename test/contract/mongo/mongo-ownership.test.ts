import { mongoOwnership } from "../../../src/adapters/mongo/ownership.ts";
import { commandsOf, describeMongo } from "../../support/stores/mongo-suite.ts";
import { ownershipSuite } from "../directory/ownership.suite.ts";

describeMongo("MongoDB", (mongo) => {
  ownershipSuite("MongoDB", async () => {
    const url = mongo.newUrl();
    const store = mongo.connect(url);
    const commands = commandsOf(store);
    return {
      ownership: mongoOwnership(store),
      put: mongo.data(url).put,
      commands: () => commands.length,
      breakIt: () => store.close(),
    };
  });
});
