import { claims, earlybirdPolicy, judgeCall, type SentCall } from "./earlybird-policy.ts";

const POLICY = earlybirdPolicy();
/** The caller is c-1 and owns s-1 alone. */
const OWNS = ({ collection, id, owner }: { collection: string; id: string; owner: string }) =>
  collection === "subscriptions_v2" && id === "s-1" && owner === "c-1";

/** The phone of c-9, which the store holds as a spreadsheet left it. */
const STORED = ({ field, id }: { field: string; id: string }) =>
  id === "c-9" && field === "phone" ? { value: "919876500001.0" } : null;

/** The judgement of the shipped policy about a call of c-1, or of somebody else (`more`). */
export const attack = (
  method: string,
  target: string,
  body?: string | Uint8Array<ArrayBuffer>,
  more = {},
) =>
  judgeCall(
    POLICY,
    {
      method,
      target,
      role: "customer",
      claims: claims("c-1"),
      ...(body === undefined ? {} : { body }),
      ...more,
    } as SentCall,
    OWNS,
    STORED,
  );
