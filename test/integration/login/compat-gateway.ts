import type { ProblemCode } from "../../../src/http/problems/problems.ts";
import { customer } from "../../cases-extra/people.ts";
import type { Answer } from "../../support/gateway/client.ts";
import { type TestOptions, testGateway } from "../../support/gateway/test-gateway.ts";
import { detailOf, expectProblem } from "../http/expect-problem.ts";

export const PHONE = "9876500001";
export const DOCUMENTS = { customers_v2: [customer("c-1", PHONE)] };
export const newGateway = (
  env: TestOptions["env"] = {},
  documents: TestOptions["documents"] = DOCUMENTS,
) => testGateway({ env: { OTP_SENDS_PER_PHONE: "1000/1h", ...env }, documents });

/** A problem whose sentence stands in `message` too, where the apps of LEGACY 5 look. */
export const expectCompatProblem = (
  answer: Answer,
  status: number,
  code: ProblemCode,
  more: object = {},
) => expectProblem(answer, status, code, { message: detailOf(code), ...more });
