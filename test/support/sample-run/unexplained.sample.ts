import { it } from "vitest";

it.skip("is skipped and nobody knows why", () => undefined);
