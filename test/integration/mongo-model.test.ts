import { randomRacesSuite } from "../model/random-races.suite.ts";
import { statesSuite } from "../model/states.suite.ts";
import { mongoInstance } from "../support/mongo-instance.ts";
import { describeMongo } from "../support/mongo-suite.ts";

/** What is proven in memory by the thousand, over the wire by the dozen. */
describeMongo("linking on MongoDB", (mongo) => {
  const make = mongoInstance(mongo);
  statesSuite("on MongoDB", make, 25);
  randomRacesSuite("on MongoDB", make, 25);
});
