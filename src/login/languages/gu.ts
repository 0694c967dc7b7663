import type { Language } from "../sentences.ts";
import { en } from "./en.ts";

export const gu: Language = { ...en, name: "gu" };
