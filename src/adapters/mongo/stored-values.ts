import { BSON } from "mongodb";
import type { StoredValues } from "../../core/runs/write-image.ts";

const CANONICAL = { relaxed: false };

/**
 * MongoDB's values as canonical Extended JSON. A number that the driver has read as a JavaScript
 * number comes back as an integer type where it is a whole one.
 */
export const mongoValues: StoredValues = {
  toJson: (value) => BSON.EJSON.serialize({ value }, CANONICAL)["value"],
  fromJson: (json) => BSON.EJSON.deserialize({ value: json } as BSON.Document, CANONICAL)["value"],
};
