import type { Language } from "../sentences.ts";
import { en } from "./en.ts";

export const mr: Language = { ...en, name: "mr" };
