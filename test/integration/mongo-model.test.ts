import { interleavingsSuite } from "../model/interleavings.suite.ts";
import { killsSuite } from "../model/kills.suite.ts";
import { randomRacesSuite } from "../model/random-races.suite.ts";
import { statesSuite } from "../model/states.suite.ts";
import { mongoInstance } from "../support/mongo-instance.ts";
import { describeMongo } from "../support/mongo-suite.ts";

/** What is proven in memory by the thousand, over the wire by the dozen. */
describeMongo("linking on MongoDB", (mongo) => {
  const make = mongoInstance(mongo);
  statesSuite("on MongoDB", make, 60);
  randomRacesSuite("on MongoDB", make, 40);
  interleavingsSuite("on MongoDB", make, 60);
  killsSuite("on MongoDB", make, 10);
});
