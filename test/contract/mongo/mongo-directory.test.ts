import { mongoInstance } from "../../support/stores/mongo-instance.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";
import { directorySuite } from "../directory/directory.suite.ts";

describeMongo("MongoDB", (mongo) => {
  directorySuite("MongoDB", mongoInstance(mongo));
});
