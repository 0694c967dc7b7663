import type { Phone } from "../ids.ts";
import { nationalNumber, type PhoneRules, parseStoredPhone } from "../phone/phone.ts";

/**
 * The one spelling in which commands store a phone: its national digits, as the legacy backend
 * mostly has them. A number that these digits alone would not bring back stays in E.164.
 */
export function storedSpelling(phone: Phone, rules: PhoneRules): string {
  const national = nationalNumber(phone);
  return parseStoredPhone(national, rules) === phone ? national : phone;
}
