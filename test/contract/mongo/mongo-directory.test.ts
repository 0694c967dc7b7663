import { mongoInstance } from "../../support/mongo-instance.ts";
import { describeMongo } from "../../support/mongo-suite.ts";
import { directorySuite } from "../directory/directory.suite.ts";

describeMongo("MongoDB", (mongo) => {
  directorySuite("MongoDB", mongoInstance(mongo));
});
