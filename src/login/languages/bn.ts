import type { Language } from "../sentences.ts";
import { en } from "./en.ts";

export const bn: Language = { ...en, name: "bn" };
