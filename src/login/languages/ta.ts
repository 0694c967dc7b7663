import type { Language } from "../sentences.ts";
import { en } from "./en.ts";

export const ta: Language = { ...en, name: "ta" };
