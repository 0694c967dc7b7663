import type { Language } from "../sentences.ts";
import { en } from "./en.ts";

export const or: Language = { ...en, name: "or" };
