import type { Language } from "../sentences.ts";
import { en } from "./en.ts";

export const ml: Language = { ...en, name: "ml" };
