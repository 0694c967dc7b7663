import type * as z from "zod/mini";
import type { NamedDatabase } from "../../core/address/database-name.ts";
import type { AdminOperation } from "../../http/routes/admin/admin-operations.ts";
import { loadNodeSettings } from "../../runtimes/node/node-settings.ts";
import { type ApplyOptions, cannotAsk, isConfirmed } from "../apply.ts";
import { databaseOf } from "../database.ts";
import { type Operating, operate, type Shown } from "./operate.ts";

/** An operation that writes, and its effect in words: `end 2 sessions`. */
type Writing<Answer> = (answer: Answer) => Shown & { readonly effect: string };

/**
 * Runs an operation that writes. Without `--apply`, or with `--yes`, it is one call. At a terminal
 * the plan is made and shown first, and the person confirms it.
 *
 * @param show a hint in its result says that the plan has something to write
 * @returns the exit code
 */
export async function operateWriting<
  Asked extends z.ZodMiniType<{ readonly apply?: boolean | undefined }>,
  Answer extends z.ZodMiniType,
>(
  operation: AdminOperation<Asked, Answer>,
  asked: z.output<Asked>,
  { apply, yes, ...operating }: Operating & ApplyOptions,
  show: Writing<z.output<Answer>>,
): Promise<number> {
  const { io } = operating;
  const options = {
    ...(apply === undefined ? {} : { apply }),
    ...(yes === undefined ? {} : { yes }),
  };
  if (cannotAsk(options, io)) return 2;
  if (apply !== true || yes === true) return operate(operation, asked, operating, show);
  let effect: string | null = null;
  const onScreen = { ...operating, json: false, io: { ...io, out: io.err } };
  const planned = await operate(operation, { ...asked, apply: false }, onScreen, (answer) => {
    const { code, effect: words, hint, screen } = show(answer);
    effect = hint === undefined ? null : words;
    return { screen: hint === undefined ? "" : screen, code };
  });
  if (planned > 1) return planned;
  const database = await placeOfWrites(operating);
  if (effect !== null && !(await isConfirmed(effect, database, options, io))) return 1;
  return operate(operation, asked, operating, show);
}

/** Where `--apply` writes: the stores of the settings, or those of the gateway that is asked. */
async function placeOfWrites({ env, gateway }: Operating): Promise<NamedDatabase> {
  if (gateway === undefined) return databaseOf((await loadNodeSettings(env)).settings.store);
  const { hostname } = new URL(gateway);
  return { name: hostname, shown: `the stores of the gateway ${hostname}` };
}
