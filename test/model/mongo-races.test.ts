import { describeMongo } from "../support/stores/mongo-suite.ts";
import { mongoSpaces } from "./mongo-spaces.ts";
import "./quick-digest.ts";
import { randomRacesSuite } from "./random-races.suite.ts";
import { statesSuite } from "./states.suite.ts";

describeMongo("linking on MongoDB", (mongo) => {
  const make = mongoSpaces(mongo);
  statesSuite("on MongoDB", make, 25);
  randomRacesSuite("on MongoDB", make, 25);
});
