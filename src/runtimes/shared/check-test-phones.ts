import { MAX_TEST_PHONE_MS, type TestPhone } from "../../core/otp/test-phone.ts";
import { parseStoredPhone, spellingsOf } from "../../core/phone/phone.ts";
import type { Gateway } from "../../flows/gateway.ts";
import { StartError } from "./start-error.ts";

/**
 * Stops the start where a test phone belongs to a person: anyone who knows its code could log in as
 * that person.
 *
 * Throws StartError with the entry's number, and AdapterError where the directory does not answer.
 */
export async function checkTestPhones(gateway: Gateway): Promise<void> {
  for (const [index, test] of gateway.rules.testPhones.entries()) {
    const reason = await objectionTo(gateway, test);
    if (reason !== null) throw new StartError(`TEST_PHONES entry ${index + 1} ${reason}`);
    if (test.until <= gateway.runtime.now()) {
      gateway.log.write("warn", "test-phone-over", { entry: index + 1 });
    }
  }
}

async function objectionTo(
  { directory, rules, runtime }: Gateway,
  { phone, until }: TestPhone,
): Promise<string | null> {
  if (parseStoredPhone(phone, rules.phone) !== phone)
    return "is not a mobile number of ALLOWED_COUNTRIES";
  // The end of the day that is 60 days ahead.
  if (until > runtime.now() + MAX_TEST_PHONE_MS + 24 * 3_600_000)
    return "is more than 60 days ahead";
  const phones = spellingsOf(phone);
  const [customers, users] = await Promise.all([
    directory.findCustomers({ phones }),
    directory.findUsers({ phones }),
  ]);
  // A login with the test phone makes a user with this phone: that one is ours.
  const people = users.filter(({ fields }) => fields["created_by"] !== "doorstep");
  return customers.length + people.length > 0 ? "is the number of a real person in the data" : null;
}
