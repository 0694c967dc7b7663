import type { Language } from "../sentences.ts";
import { en } from "./en.ts";

export const hi: Language = { ...en, name: "hi" };
