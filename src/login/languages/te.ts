import type { Language } from "../sentences.ts";
import { en } from "./en.ts";

export const te: Language = { ...en, name: "te" };
