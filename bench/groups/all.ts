import type { Group } from "../measure.ts";
import { FORWARD_AUTH } from "./forward-auth.ts";
import { LOGINS_GROUP } from "./logins.ts";
import { PROCESSES } from "./processes.ts";
import { PROXIED } from "./proxied.ts";
import { RULES } from "./rules.ts";
import { START } from "./start.ts";
import { WORKER_GROUP } from "./worker.ts";

/** In the order of the report. */
export const GROUPS: readonly Group[] = [
  PROXIED,
  FORWARD_AUTH,
  RULES,
  LOGINS_GROUP,
  PROCESSES,
  START,
  WORKER_GROUP,
];
