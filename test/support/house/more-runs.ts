/**
 * How many times as often a property is drawn. A run of CI repeats one seed and has enough with what
 * its tests say; `npm run explore` draws five times as often, from new seeds. `MORE_RUNS=50` soaks.
 */
export const MORE_RUNS = Number(process.env["MORE_RUNS"] ?? "1");
