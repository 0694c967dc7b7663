import type { CustomerId, DocumentKey, UserId } from "../../core/ids.ts";
import type { StoredDocument } from "../../core/linking/documents.ts";
import {
  isCommandChange,
  type MadeFor,
  madeFor,
  withoutStaffPassword,
} from "../../core/runs/remote-write.ts";
import type { StoredValues } from "../../core/runs/write-image.ts";
import type { AuditEvent } from "../../ports/audit.ts";
import type {
  CustomerQuery,
  GuardedChange,
  InsertOutcome,
  LegacyCollection,
  UserQuery,
  WriteOutcome,
} from "../../ports/directory.ts";
import type { Gateway } from "../gateway.ts";
import { type RemoteRun, tell, tellWrite, UNSURE, unlessUnseen } from "./audit-remote-writes.ts";
import { type EndSessionPorts, endSessionsOf } from "./operate-sessions.ts";

type Ports = EndSessionPorts & Pick<Gateway, "directory" | "wireValues">;

/** The events that a command itself tells; every write is an event anyway. */
export const TOLD_EVENTS = [
  "run.started",
  "link.written",
  "link.joined",
  "link.parted",
  "phone.changed",
  "customer.adopted",
] as const satisfies readonly AuditEvent["name"][];

/** One call of the directory's port by a command on another machine, with JSON for its values. */
export type RecordsCall =
  | { readonly call: "about" }
  | { readonly call: "find-users"; readonly query: Partial<UserQuery> }
  | { readonly call: "find-customers"; readonly query: Partial<CustomerQuery> }
  | {
      readonly call: "page";
      readonly collection: LegacyCollection;
      readonly after: DocumentKey | null;
      readonly limit: number;
    }
  | {
      readonly call: "change";
      readonly collection: LegacyCollection;
      readonly writes: readonly GuardedChange[];
    }
  | {
      readonly call: "insert";
      readonly collection: LegacyCollection;
      readonly object_id: string;
      readonly fields: StoredDocument["fields"];
    }
  | {
      readonly call: "remove";
      readonly collection: LegacyCollection;
      readonly read: StoredDocument;
    }
  | { readonly call: "end-sessions"; readonly user_id: string }
  | {
      readonly call: "tell";
      readonly name: (typeof TOLD_EVENTS)[number];
      readonly customer_id?: string | undefined;
      readonly user_id?: string | undefined;
      readonly detail?: string | undefined;
    };

export interface RecordsAnswer {
  readonly documents?: readonly StoredDocument[];
  /** `forbidden`: no command makes such a write. */
  readonly outcomes?: readonly (WriteOutcome | InsertOutcome | "forbidden")[];
  readonly about?: {
    readonly now: number;
    readonly rules: Pick<Gateway["rules"], "phone" | "placeholder" | "legacyOnly">;
  };
}

/** @param run null: the call must be one that only reads */
export async function answerRecordsCall(
  ports: Ports,
  asked: RecordsCall,
  run: RemoteRun | null,
): Promise<RecordsAnswer> {
  const { directory, rules, runtime } = ports;
  switch (asked.call) {
    case "about": {
      const { legacyOnly, phone, placeholder } = rules;
      return { about: { now: runtime.now(), rules: { phone, placeholder, legacyOnly } } };
    }
    case "find-users":
      return sent(ports, await directory.findUsers(asked.query), "users");
    case "find-customers":
      return sent(ports, await directory.findCustomers(asked.query), "customers_v2");
    case "page": {
      const { after, collection, limit } = asked;
      return sent(ports, await directory.pageOf(collection, after, limit), collection);
    }
    default:
      return run === null ? { outcomes: ["forbidden"] } : answerWrite(ports, asked, run);
  }
}

function sent(
  { wireValues }: Ports,
  documents: readonly StoredDocument[],
  collection: LegacyCollection,
): RecordsAnswer {
  const shown = collection === "users" ? documents.map(withoutStaffPassword) : documents;
  return {
    documents: shown.map((read) => ({
      ...read,
      fields: converted(read.fields, wireValues.toJson),
    })),
  };
}

const converted = (
  fields: StoredDocument["fields"],
  convert: StoredValues["toJson"],
): StoredDocument["fields"] =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, convert(value)]));

type WritingCall = Exclude<
  RecordsCall,
  { readonly call: "about" | "find-users" | "find-customers" | "page" }
>;

async function answerWrite(
  ports: Ports,
  asked: WritingCall,
  run: RemoteRun,
): Promise<RecordsAnswer> {
  switch (asked.call) {
    case "change":
      return { outcomes: await changed(ports, asked, run) };
    case "insert":
      return { outcomes: [await inserted(ports, asked, run)] };
    case "remove":
      return { outcomes: [await removed(ports, asked, run)] };
    case "end-sessions":
      await endSessionsOf(ports, asked.user_id as UserId);
      return {};
    case "tell": {
      const { customer_id, detail, name, user_id } = asked;
      tell(ports, run, {
        name,
        ...(customer_id === undefined ? {} : { customerId: customer_id as CustomerId }),
        ...(user_id === undefined ? {} : { userId: user_id as UserId }),
        ...(detail === undefined ? {} : { detail }),
      });
      return {};
    }
  }
}

async function changed(
  ports: Ports,
  { collection, writes }: Extract<WritingCall, { readonly call: "change" }>,
  run: RemoteRun,
): Promise<readonly (WriteOutcome | "forbidden")[]> {
  const { directory, rules, wireValues } = ports;
  const isAllowed = ({ change, read }: GuardedChange) =>
    isCommandChange(collection, read, change, rules.placeholder) &&
    Object.values(change.set).every((value) => isOfStore(wireValues, value));
  // Each write for itself: one odd record must not keep an undo from all others.
  const allowed = writes.filter(isAllowed);
  const stored = (fields: StoredDocument["fields"]) => converted(fields, wireValues.fromJson);
  const told = ({ change, read }: GuardedChange, suffix = "") => {
    const names = touchedBy(change).filter((name) => name !== "updated_at");
    tellWrite(ports, run, collection, read.fields, names.join(" ") + suffix);
  };
  const changes = allowed.map(({ change, guards, read }) => ({
    read: { ...read, fields: stored(read.fields) },
    // The judged fields are so now, and not only as they were said to be read.
    guards: [...new Set([...guards, ...touchedBy(change), ...JUDGED[collection]])],
    change: { ...change, set: stored(change.set) },
  }));
  const outcomes = await unlessUnseen(directory.changeMany(collection, changes), () => {
    for (const write of allowed) told(write, UNSURE);
  });
  // A store may call a write lost that it has made: it finds the document by another spelling of its
  // key, or another write has changed a guard since. So no outcome hides a write.
  for (const [at, write] of allowed.entries()) {
    told(write, outcomes[at] === "applied" ? "" : UNSURE);
  }
  const made = new Map(allowed.map((write, at) => [write, outcomes[at] ?? "lost"]));
  return writes.map((write) => made.get(write) ?? "forbidden");
}

/** MongoDB would keep a wrapper that it does not read, such as `{"$oid": "x"}`, as an object. */
function isOfStore({ fromJson, toJson }: StoredValues, value: unknown): boolean {
  try {
    return JSON.stringify(toJson(fromJson(value))) === JSON.stringify(value);
  } catch {
    return false;
  }
}

const touchedBy = ({ set, unset = [] }: GuardedChange["change"]): readonly string[] => [
  ...Object.keys(set),
  ...unset,
];

const JUDGED = { users: ["role"], customers_v2: [] } as const;

async function inserted(
  ports: Ports,
  { collection, fields, object_id }: Extract<WritingCall, { readonly call: "insert" }>,
  run: RemoteRun,
): Promise<InsertOutcome | "forbidden"> {
  const { directory, wireValues } = ports;
  const other = await madeFor(collection, object_id, fields, ports.rules.placeholder);
  // The commands write the other side first. Without it a holder of the token could make customers.
  if (other === null || !(await isNamed(directory, other, fields["id"]))) return "forbidden";
  const stored = converted(fields, wireValues.fromJson);
  const inserting =
    collection === "users"
      ? directory.insertUser(object_id, stored)
      : directory.insertCustomer(object_id, stored);
  const outcome = await unlessUnseen(inserting, () =>
    tellWrite(ports, run, collection, fields, `inserted${UNSURE}`),
  );
  if (outcome === "inserted") tellWrite(ports, run, collection, fields, "inserted");
  return outcome;
}

async function removed(
  ports: Ports,
  { collection, read }: Extract<WritingCall, { readonly call: "remove" }>,
  run: RemoteRun,
): Promise<WriteOutcome | "forbidden"> {
  const { directory, wireValues } = ports;
  const other = await madeFor(collection, read.objectId, read.fields, ports.rules.placeholder);
  if (other === null) return "forbidden";
  const fields = converted(read.fields, wireValues.fromJson);
  const removing = directory.removeDocument(collection, { ...read, fields });
  const outcome = await unlessUnseen(removing, () =>
    tellWrite(ports, run, collection, read.fields, `removed${UNSURE}`),
  );
  if (outcome === "applied") tellWrite(ports, run, collection, read.fields, "removed");
  return outcome;
}

/** Whether the record that a document is made for names it, and is no record of staff. */
async function isNamed(
  directory: Ports["directory"],
  { collection, field, id }: MadeFor,
  made: unknown,
): Promise<boolean> {
  const found =
    collection === "users"
      ? (await directory.findUsers({ ids: [id] })).filter(
          ({ fields }) => fields["role"] === "customer",
        )
      : await directory.findCustomers({ ids: [id] });
  return found.some(({ fields }) => fields[field] === made);
}
