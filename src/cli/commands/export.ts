import { type FileHandle, open } from "node:fs/promises";
import { exportPeople } from "../../flows/operator/export-people.ts";
import { type CommandOutput, type RunCommand, runLine } from "../command-line.ts";
import type { DataPorts } from "../data-place.ts";
import { GATEWAY_OPTION } from "../operator-options.ts";
import { countOf } from "../output/count.ts";
import { atDataPlace } from "../remote/at-data-place.ts";

const DESCRIPTION =
  "Writes every person of both collections once, as one JSON object a line: both ids, name, phone, address, status, and how the two records stand. It holds personal data: a file is readable by you alone. Staff are left out.";

/**
 * `doorstep export --unified`: the data of the two collections as one.
 *
 * @returns the exit code: 0 written, 2 usage or a file that exists, 3 unreachable
 */
export const exportCommand: RunCommand = (args, io, env) =>
  runLine("doorstep export", args, io, (line, exit) =>
    line
      .description(DESCRIPTION)
      .requiredOption("--unified", "one document a person; there is no other form")
      .option(...GATEWAY_OPTION)
      .argument("[file]", "a new file; without it the lines go to stdout")
      .action(async (path: string | undefined, { gateway: url }: { readonly gateway?: string }) =>
        exit(await atDataPlace(url, io, env, ({ ports }) => write(ports, io, path ?? null))),
      ),
  );

async function write(gateway: DataPorts, io: CommandOutput, path: string | null): Promise<number> {
  const file = path === null ? null : await created(path);
  if (path !== null && file === null) {
    io.err(`${path} cannot be made: it exists, or its folder does not.\n`);
    return 2;
  }
  let count = 0;
  try {
    for await (const page of exportPeople(gateway)) {
      const text = page.map((record) => `${JSON.stringify(record)}\n`).join("");
      if (file === null) await printed(io, text);
      else await file.appendFile(text);
      count += page.length;
    }
    await file?.sync();
  } finally {
    await file?.close();
  }
  io.err(`${countOf(count, "line")} written.\n`);
  return 0;
}

/** Never over another file, whose mode and readers are not ours to choose. */
async function created(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, "wx", 0o600);
  } catch {
    return null;
  }
}

/** Waits for a slow reader of the pipe: otherwise the whole export would wait in memory. */
async function printed(io: CommandOutput, text: string): Promise<void> {
  io.out(text);
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
}
