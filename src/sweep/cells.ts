import { createHash } from 'node:crypto';

/** Settings by key path. */
export type Values = Readonly<Record<string, unknown>>;

/** What a sweep varies. */
export interface Design {
  /** Every combination of these values, the last path varying fastest. */
  readonly grid: Readonly<Record<string, readonly unknown[]>>;
  /** Values that go together: the first of each path, the second of each, … */
  readonly zip: Readonly<Record<string, readonly unknown[]>>;
  readonly seeds: readonly number[];
}

/** One run of a sweep, as far as the design says. */
export interface PlannedCell {
  /** Name of its run, in the sweep's folder. */
  readonly run: string;
  readonly settings: Values;
  readonly seed: number;
}

/** The paths that a design varies, besides the seed. */
export function variedPaths({ grid, zip }: Pick<Design, 'grid' | 'zip'>): string[] {
  return [...Object.keys(grid), ...Object.keys(zip)];
}

/** These settings alone. */
export function picked(settings: Values, paths: readonly string[]): Values {
  return Object.fromEntries(paths.map((path) => [path, settings[path]]));
}

/** A value as people write it. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `heads 4 · noise 0.01`: settings with the last words of their paths. */
export function settingsText(settings: Values): string {
  return Object.entries(settings)
    .map(([path, value]) => `${path.split('.').at(-1)} ${valueText(value)}`)
    .join(' · ');
}

/** How many runs a design asks for. */
export function countOf({ grid, zip, seeds }: Design): number {
  const rows = Object.values(zip)[0]?.length ?? 1;
  return Object.values(grid).reduce((count, values) => count * values.length, rows * seeds.length);
}

/** Every run that a design asks for: its combinations in order, the seeds of each together. */
export function cellsOf(design: Design): PlannedCell[] {
  const paths = variedPaths(design);
  return combinationsOf(design).flatMap((settings) =>
    design.seeds.map((seed) => ({ run: runNameOf(paths, settings, seed), settings, seed })),
  );
}

/** Whether two sets of settings are the same values of the same paths. */
export function isSame(one: Values, other: Values): boolean {
  return textOf(one) === textOf(other);
}

/** What makes a run of a sweep the one that it is. */
export function keyOf({ settings, seed }: Pick<PlannedCell, 'settings' | 'seed'>): string {
  return `${textOf(settings)} ${seed}`;
}

const texts = new WeakMap<Values, string>();

/** One text for the same settings, whatever their order; kept while they live, as sweeps of many runs ask for it again and again. */
export function textOf(settings: Values): string {
  const known = texts.get(settings);
  const text = known ?? JSON.stringify(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (known === undefined) texts.set(settings, text);
  return text;
}

function combinationsOf({ grid, zip }: Design): Values[] {
  const together = Object.entries(zip);
  const rows = together[0]?.[1].map((_, i) => Object.fromEntries(together.map(([path, values]) => [path, values[i]])));
  const crossed = Object.entries(grid).reduce<Values[]>(
    (all, [path, values]) => all.flatMap((some) => values.map((value) => ({ ...some, [path]: value }))),
    [{}],
  );
  return crossed.flatMap((some) => (rows ?? [{}]).map((row) => ({ ...some, ...row })));
}

/** Longest name of a run that is still pleasant to read. */
const longestName = 80;

/**
 * `heads-4_noise-0.01_seed-0`: the last word of each path, or the whole path where two end alike; a hash where that would be
 * long, or says less than the values do.
 */
export function runNameOf(paths: readonly string[], settings: Values, seed: number): string {
  const lastWord = (path: string): string => path.split('.').at(-1)!;
  const isShared = new Set(paths.map(lastWord)).size < paths.length;
  const parts = paths.map((path) => `${isShared ? path : lastWord(path)}-${wordOf(settings[path])}`);
  const name = [...parts, `seed-${seed}`].join('_');
  const isPlain = paths.every((path) => wordOf(settings[path]) === String(settings[path]));
  if (isPlain && name.length <= longestName) return name;
  const digits = createHash('sha256').update(textOf(settings)).digest('hex').slice(0, 8);
  return [
    ...parts
      .join('_')
      .slice(0, longestName - 30)
      .split('_'),
    digits,
    `seed-${seed}`,
  ].join('_');
}

/** A value as far as it can stand in the name of a folder. */
function wordOf(value: unknown): string {
  return valueText(value)
    .replace(/[^\w.-]+/g, '-')
    .replace(/^-|-$/g, '');
}
