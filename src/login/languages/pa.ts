import type { Language } from "../sentences.ts";
import { en } from "./en.ts";

export const pa: Language = { ...en, name: "pa" };
