import type { CustomerId, Phone } from "../../core/ids.ts";
import type { TestPhone } from "../../core/otp/test-phone.ts";
import { fail, ok } from "../../core/result.ts";
import type { Parser } from "../setting.ts";

const SHAPE = /^(\+[1-9]\d{7,14}):(\d{6}):(\d{4}-\d{2}-\d{2}):(.+)$/;
const DAY_MS = 24 * 3_600_000;

/** `+919000000001:123456:2027-01-31:customer_id`; the start checks how far ahead the day is. */
export const testPhone: Parser<TestPhone> = (text) => {
  const [, phone, code = "", day = "", customerId] = SHAPE.exec(text) ?? [];
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const isDay = Number.isFinite(midnight) && new Date(midnight).toISOString().startsWith(day);
  return phone !== undefined && isDay
    ? ok({
        phone: phone as Phone,
        code,
        until: midnight + DAY_MS,
        customerId: customerId as CustomerId,
      })
    : fail("must be phone:code:day:customer, such as +919000000001:123456:2027-01-31:c-1");
};
