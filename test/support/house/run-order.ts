import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take 15 s and more, most of it spent waiting. A run that began one last would wait too. */
export const LONG: readonly string[] = [
  "test/e2e/proxy/slow-clients.test.ts",
  "test/e2e/login/login-page-looks.test.ts",
  "test/e2e/processes/two-processes.test.ts",
  "test/e2e/mongo/mongo-outage.test.ts",
  "test/e2e/mongo/mongo-killed-gateway.test.ts",
  "test/e2e/mongo/mongo-two-gateways.test.ts",
  "test/e2e/login/twilio-faults.test.ts",
  "test/contract/mongo/mongo-faults.test.ts",
  "test/e2e/redis/redis-away.test.ts",
  "test/e2e/data/doctor.test.ts",
  "test/e2e/package/package.test.ts",
  "test/e2e/login/login-page-turns.test.ts",
  "test/e2e/redis/redis-flood-numbers.test.ts",
  "test/edge/login/linking.test.ts",
  "test/edge/stores/outage.test.ts",
  "test/edge/stores/races.test.ts",
  "test/edge/stores/directory.test.ts",
  "test/edge/proxy/proxied.test.ts",
  "test/edge/proxy/stalls.test.ts",
];

/** `few` spread evenly among `many`. */
export function spread<T>(many: readonly T[], few: readonly T[]): readonly T[] {
  const [most, fewest] = many.length < few.length ? [few, many] : [many, few];
  const share = most.length / Math.max(1, fewest.length);
  return fewest
    .flatMap((one, index) => [
      one,
      ...most.slice(Math.round(index * share), Math.round((index + 1) * share)),
    ])
    .concat(fewest.length === 0 ? most : []);
}

/**
 * Files that wait run beside files that compute, so that no processor idles: the model's among those
 * of real processes. The many small ones come last and end together. Files of a project that shares
 * its modules stay in a row, since another project's file between them ends the sharing.
 */
export class RunOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex((path) => moduleId.endsWith(path));
      return at < 0 ? LONG.length : at;
    };
    const of = (name: string) =>
      sorted.filter(({ project }) => project.name === name).sort((a, b) => rank(a) - rank(b));
    const ordered = [
      ...spread(of("node"), of("model")),
      ...of("contract"),
      ...of("in-process"),
      ...of("edge"),
    ];
    return [...ordered, ...sorted.filter((file) => !ordered.includes(file))];
  }
}
