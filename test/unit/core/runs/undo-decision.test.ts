import { expect, test } from "vitest";
import type { DocumentKey } from "../../../../src/core/ids.ts";
import { decideUndo } from "../../../../src/core/runs/undo-decision.ts";
import type { JsonFields, WriteImage } from "../../../../src/core/runs/write-image.ts";

const imageOf = (before: JsonFields | null, after: JsonFields | null): WriteImage => ({
  collection: "users",
  key: "1" as DocumentKey,
  id: "u-1",
  before,
  after,
});
const LINKED = imageOf(
  { customer_v2_id: null, updated_at: "t1" },
  { customer_v2_id: "c-1", doorstep_customer_id: "c-1", updated_at: "t2" },
);

test("an undo restores what was, and takes away what was not there", () => {
  const current = { customer_v2_id: "c-1", doorstep_customer_id: "c-1", updated_at: "t2" };
  expect(decideUndo(LINKED, true, current)).toEqual({
    kind: "restore",
    guards: ["customer_v2_id", "updated_at", "doorstep_customer_id"],
    change: {
      set: { customer_v2_id: null, updated_at: "t1" },
      unset: ["doorstep_customer_id"],
    },
  });
});

test("an undo restores the time alone where somebody took the rest back by hand", () => {
  expect(decideUndo(LINKED, true, { customer_v2_id: null, updated_at: "t2" })).toEqual({
    kind: "restore",
    guards: ["updated_at"],
    change: { set: { updated_at: "t1" }, unset: [] },
  });
});

test("an undo leaves a document with a field that was changed since the run", () => {
  for (const current of [
    { customer_v2_id: "c-2", doorstep_customer_id: "c-1", updated_at: "t2" },
    { customer_v2_id: "c-1", updated_at: "t2" },
    { customer_v2_id: ["c-1"], doorstep_customer_id: "c-1", updated_at: "t2" },
    null,
  ]) {
    expect(decideUndo(LINKED, true, current)).toEqual({ kind: "nothing", because: "changed" });
  }
});

test("an undo ignores another write's time, and leaves that time", () => {
  const current = { customer_v2_id: "c-1", doorstep_customer_id: "c-1", updated_at: "t3" };
  expect(decideUndo(LINKED, true, current)).toEqual({
    kind: "restore",
    guards: ["customer_v2_id", "doorstep_customer_id"],
    change: { set: { customer_v2_id: null }, unset: ["doorstep_customer_id"] },
  });
});

test("an undo takes a write without an answer for the run's only by its own time", () => {
  const alike = { customer_v2_id: "c-1", doorstep_customer_id: "c-1", updated_at: "t3" };
  expect(decideUndo(LINKED, false, alike)).toMatchObject({ because: "changed" });
  expect(decideUndo(LINKED, false, { ...alike, updated_at: "t2" })).toMatchObject({
    kind: "restore",
  });
});

test("an undo finds nothing to do at a document that is as before the run", () => {
  expect(decideUndo(LINKED, true, { customer_v2_id: null, updated_at: "t9" })).toEqual({
    kind: "nothing",
    because: "already",
  });
});

test("an undo removes an inserted document only while each of its fields is as inserted", () => {
  const inserted = imageOf(null, { id: "u-1", name: "Asha" });
  expect(decideUndo(inserted, true, { id: "u-1", name: "Asha" })).toEqual({ kind: "remove" });
  for (const current of [
    { id: "u-1", name: "Asha Rao" },
    { id: "u-1", name: "Asha", notes: "Ring twice" },
  ]) {
    expect(decideUndo(inserted, true, current)).toMatchObject({ because: "changed" });
  }
  expect(decideUndo(inserted, true, null)).toMatchObject({ because: "already" });
});

test("an undo of a removal inserts the document where its place is still empty", () => {
  const removed = imageOf({ id: "u-1", name: "Asha" }, null);
  expect(decideUndo(removed, true, null)).toEqual({
    kind: "insert",
    fields: { id: "u-1", name: "Asha" },
  });
  expect(decideUndo(removed, true, { id: "u-1" })).toMatchObject({ because: "changed" });
});
