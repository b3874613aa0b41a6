import { UserError } from '../core/errors.ts';
import { leaves } from '../core/record.ts';
import { resolveConfig } from '../presets/resolve.ts';
import { isSame, keyOf, type PlannedCell, type Values } from './cells.ts';
import type { Cell, SweepRecord } from './record.ts';

/** What the command that starts or goes on with a sweep asks for. */
export type Asked = Omit<SweepRecord, 'cells' | 'created' | 'versions'> & {
  readonly cells: readonly (PlannedCell & Pick<Cell, 'config_sha256'>)[];
  /** The preset as it was read. */
  readonly raw: unknown;
};

/** Settings that say how far and where cells are trained, not what is trained: they may change from one command to the next. */
export const freeSettings = [
  'train.steps',
  'train.budget_s',
  'train.pace',
  'device',
  'threads',
  'seed',
  'title',
  'description',
];

/**
 * A sweep with what a further command asks for: new cells are added, and those that are done go on where more steps are
 * asked for; nothing that is there is given up.
 * @param retry whether cells that failed are to be tried again
 * @throws UserError when the command means another sweep of the same name
 */
export function extended(before: SweepRecord, asked: Asked, { retry }: { readonly retry: boolean }): SweepRecord {
  requireSame(before, asked);
  const known = new Map(before.cells.map((cell) => [cell.run, cell]));
  // A run keeps its name, in whatever order a command gives the settings that it is made of.
  const names = new Map(before.cells.map((cell) => [keyOf(cell), cell.run]));
  const cells = asked.cells.map((cell) => ({ ...cell, run: names.get(keyOf(cell)) ?? cell.run }));
  for (const cell of cells) {
    const one = known.get(cell.run);
    if (one && keyOf(one) !== keyOf(cell)) throw another(asked.name, `${cell.run} has other settings now`);
  }
  // One whose budget is spent is done before its last step.
  const isMoreAsked = asked.steps > before.steps || (budgetOf(asked) || Infinity) > (budgetOf(before) || Infinity);
  const again = before.cells.map((cell): Cell => {
    const isMore = isMoreAsked && cell.state === 'done' && (cell.step ?? 0) < asked.steps;
    const isFree = cell.state === 'stopped' || cell.state === 'running' || (retry && cell.state === 'failed');
    return (isMore || isFree) && !cell.task ? waiting(cell) : cell;
  });
  const added = cells.filter(({ run }) => !known.has(run)).map((cell) => waiting({ ...cell, id: cell.run }));
  const { cells: _, raw: __, ...rest } = asked;
  const next: SweepRecord = {
    ...before,
    ...rest,
    grid: united(before.grid, asked.grid),
    zip: unitedRows(before.zip, asked.zip),
    seeds: [...new Set([...before.seeds, ...asked.seeds])].sort((a, b) => a - b),
    cells: [...again, ...added],
  };
  return withSteps(next, Math.max(before.steps, asked.steps));
}

/** A sweep whose runs are to come to so many steps. */
export function withSteps(sweep: SweepRecord, steps: number): SweepRecord {
  return { ...sweep, steps, config: { ...sweep.config, train: { ...trainOf(sweep), steps } } };
}

const trainOf = ({ config }: Pick<SweepRecord, 'config'>): Values => (config['train'] ?? {}) as Values;

/** Seconds that each run may spend in updates; 0 stands for any. */
export const budgetOf = (sweep: Pick<SweepRecord, 'config'>): number => Number(trainOf(sweep)['budget_s'] ?? 0);

/** A cell that is to be trained, without why it was not. */
export function waiting({ reason: _, ...cell }: Omit<Cell, 'state'> & Partial<Pick<Cell, 'state'>>): Cell {
  return { ...cell, state: 'waiting' };
}

/** Which settings vary, and which of them as one. */
function variedText({ grid, zip }: Pick<SweepRecord, 'grid' | 'zip'>): string {
  const together = Object.keys(zip).sort().join(' with ');
  return [...Object.keys(grid).sort(), ...(together ? [together] : [])].join(', ') || 'seeds only';
}

function requireSame(before: SweepRecord, asked: Asked): void {
  const [old, wanted] = [variedText(before), variedText(asked)];
  if (old !== wanted) throw another(asked.name, `it varies ${old}, and this command ${wanted}`);
  const [then, now] = [fixedSettings(withDefaults(before)), fixedSettings(asked.config)];
  const varied = new Set([...Object.keys(asked.grid), ...Object.keys(asked.zip)]);
  const changed = [...new Set([...Object.keys(then), ...Object.keys(now)])].filter(
    (path) => !varied.has(path) && !isSame({ value: then[path] }, { value: now[path] }),
  );
  if (changed.length === 0) return;
  const texts = changed.map((path) => `${path} ${JSON.stringify(then[path])} → ${JSON.stringify(now[path])}`);
  throw another(asked.name, `settings differ: ${texts.join(', ')}`);
}

/** Its configuration with the settings that a later version of the program has, at the values that mean what was before. */
function withDefaults({ config, name }: SweepRecord): Values {
  try {
    return { ...resolveConfig(config, name).config };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return config;
  }
}

/** What decides what a run computes, by path. */
export const fixedSettings = (config: Values): Values =>
  Object.fromEntries(leaves(config).filter(([path]) => !freeSettings.includes(path)));

export function another(name: string, what: string): UserError {
  return new UserError({
    where: name,
    what: `there is another sweep of this name: ${what}`,
    fix: 'choose another --name',
  });
}

/** All values of each path, those that were there first. */
function united(
  before: Readonly<Record<string, unknown[]>>,
  more: Readonly<Record<string, unknown[]>>,
): Record<string, unknown[]> {
  return Object.fromEntries(
    Object.entries(more).map(([path, values]) => {
      const there = before[path] ?? [];
      const texts = new Set(there.map((value) => JSON.stringify(value)));
      return [path, [...there, ...values.filter((value) => !texts.has(JSON.stringify(value)))]];
    }),
  );
}

/** As `united`, for values that go together. */
function unitedRows(
  before: Readonly<Record<string, unknown[]>>,
  more: Readonly<Record<string, unknown[]>>,
): Record<string, unknown[]> {
  const paths = Object.keys(more);
  const rowsOf = (lists: Readonly<Record<string, unknown[]>>): string[] =>
    (lists[paths[0]!] ?? []).map((_, i) => JSON.stringify(paths.map((path) => lists[path]![i])));
  const rows = [...new Set([...rowsOf(before), ...rowsOf(more)])].map((row) => JSON.parse(row) as unknown[]);
  return Object.fromEntries(paths.map((path, i) => [path, rows.map((row) => row[i])]));
}
