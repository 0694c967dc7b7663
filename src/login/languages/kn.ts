import type { Language } from "../sentences.ts";
import { en } from "./en.ts";

export const kn: Language = { ...en, name: "kn" };
