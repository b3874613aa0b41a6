import { mkdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { writeFileAtomic } from '../../core/files.ts';
import { duration } from '../../core/format.ts';
import { untilTold } from '../../core/signals.ts';
import { figureOf } from '../../reproduce/draw/figure.ts';
import type { Told } from '../../reproduce/follow/follower.ts';
import { knownRuns } from '../../reproduce/known.ts';
import { Reader } from '../../reproduce/measure/leaf.ts';
import { Runs } from '../../reproduce/measure/runs.ts';
import { type Plan, planOf } from '../../reproduce/plan.ts';
import { loadRecipe, recipeNames } from '../../reproduce/recipe/load.ts';
import type { Recipe, Size } from '../../reproduce/recipe/schema.ts';
import { reportHtml } from '../../reproduce/report/html.ts';
import { reportMarkdown } from '../../reproduce/report/markdown.ts';
import { readFigure, readResults, usualOut, writeResult } from '../../reproduce/report/results.ts';
import { ruleText, summaryOf, trialText, verdictText } from '../../reproduce/report/text.ts';
import { type ClaimResult, type Claims, tryClaims } from '../../reproduce/trial.ts';
import { usualNice } from '../../sweep/cell_process.ts';
import type { Flags } from '../options/table.ts';
import { exitCode } from '../output/exit.ts';
import { print, printJson, tell } from '../output/output.ts';
import { shown } from '../output/paths.ts';
import { readPreferences } from '../preferences/preferences.ts';
import { hasFullScreen } from '../screen/full_screen.ts';
import { requireSlurm, type SlurmFlags } from '../sweep/on_slurm.ts';
import { estimateOf } from './estimate.ts';
import { submitAll } from './slurm.ts';
import { type Due, dueSweeps } from './sweeps.ts';
import { type Trained, trainInOrder } from './train.ts';

export type ReproduceFlags = Omit<SlurmFlags, 'retry'> &
  Flags<'all' | 'quick' | 'full' | 'out' | 'jobs' | 'nice' | 'dryRun' | 'headless'> & {
    readonly recipes: readonly string[];
    readonly on?: 'slurm' | 'local';
  };

interface Job {
  readonly recipe: Recipe;
  readonly plan: Plan;
}

/**
 * Trains what recipes need that is not trained yet, draws their figures, and puts their claims on trial.
 * @returns the exit status: 2 where a run failed or a control did not fail, 130 where it was told to end
 */
export async function reproduce(flags: ReproduceFlags): Promise<number> {
  const size: Size = flags.full ? 'full' : 'quick';
  const root = resolve(flags.out ?? usualOut);
  const names = flags.all ? recipeNames() : flags.recipes;
  const jobs = names.map((name): Job => {
    const recipe = loadRecipe(name, size);
    return { recipe, plan: planOf(recipe) };
  });
  const isAway = flags.on === 'slurm';
  const isPlain = isAway || flags.headless || flags.json || flags.dryRun || !hasFullScreen();
  if (!isPlain) return (await import('./screen.ts')).reproduceOnScreen(jobs, root, wordsOf(flags, names, size));
  if (isAway) await requireSlurm({ ...flags, retry: true });
  const most = flags.jobs ?? availableParallelism();
  const preferences = readPreferences();
  const cpus = isAway ? (flags.cpus ?? 1) : undefined;
  const known = knownRuns(root);
  const due = await dueSweeps(
    jobs.map(({ plan }) => plan),
    known,
    { root, jobs: most, cpus, preferences },
  );
  if (flags.dryRun) return dryRun(jobs, due, root, flags.json);
  const isDone = (key: string): boolean => known.get(key)?.cell.state === 'done';
  const { seconds, basis } = await estimateOf(jobs, most, isDone);
  const left = due.reduce((sum, { asked }) => sum + asked.reduce((all, { cells }) => all + cells.length, 0), 0);
  if (!flags.json) {
    print(
      `${jobs.length} figure${jobs.length === 1 ? '' : 's'}, ${size}: about ${duration(seconds)} for what is left (${basis})`,
    );
    if (left > 0) print(`${left} runs, ${most} at a time, in ${shown(root)}`);
  }
  makeFolder(root);
  if (isAway) return submitAll(due, flags, (isPart) => finish(jobs, root, flags.json, isPart));
  return hereAndNow(jobs, due, { root, most, flags });
}

/** @throws UserError where it cannot be made */
function makeFolder(folder: string): void {
  // Folder by folder: Node's own way never ends where the system takes none, as in /proc.
  const make = (path: string): void => {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    make(dirname(path));
    mkdirSync(path);
  };
  try {
    make(folder);
  } catch (error) {
    const what = `cannot make this folder (${(error as Error).message})`;
    throw new UserError({ where: folder, what, fix: 'choose another --out' });
  }
}

/** The command line that does the same. */
function wordsOf({ out, jobs, nice }: ReproduceFlags, names: readonly string[], size: Size): string[] {
  const at = jobs === undefined ? [] : ['--jobs', String(jobs)];
  const behind = nice === undefined ? [] : ['--nice', String(nice)];
  return [...names, `--${size}`, '--out', resolve(out ?? usualOut), ...behind, ...at];
}

/** Tells a screen, where one started this process, of what it has come to. */
const report = (told: Told): void => void (process.connected && process.send?.(told));

/** Trains and measures in this process, each figure as soon as its runs are there. */
async function hereAndNow(
  jobs: readonly Job[],
  due: readonly Due[],
  { root, most, flags }: { readonly root: string; readonly most: number; readonly flags: ReproduceFlags },
): Promise<number> {
  const told = untilTold('headless', () => process.exit(exitCode.interrupted));
  process.stdout.on('error', () => told.abort('standard output was closed'));
  process.on('disconnect', () => told.abort('its screen is gone'));
  // A screen that started it is no reason to stay.
  process.channel?.unref();
  let over = 0;
  const progress = (): void => {
    over++;
    if (!flags.json && over % 10 === 0) tell(`${over} runs done`);
  };
  const waits = trainInOrder(due, { jobs: most, nice: flags.nice ?? usualNice, told: told.signal, onOver: progress });
  const failures: string[] = [];
  const results: Claims[] = [];
  for (const job of jobs) {
    const trained = await Promise.all(needed(job, due).map((name) => waits.get(name)!));
    if (told.signal.aborted) break;
    const failed = trained.flatMap(({ failures: own }: Trained) => own);
    failures.push(...failed.filter((line) => !failures.includes(line)));
    const claims = await measured(job, root);
    if (!claims) continue;
    results.push(claims);
    if (!flags.json) print(...claimLines(claims));
  }
  await Promise.allSettled(waits.values());
  await writeReport(root);
  for (const line of failures) tell(`incline: ${line}`);
  if (told.signal.aborted) {
    tell(`incline: ${told.signal.reason}: saved; the same command goes on`);
    return exitCode.interrupted;
  }
  return conclude(jobs.length, results, root, flags.json);
}

/** Sweeps that are to be trained of which a job reads a run. */
function needed({ plan }: Job, due: readonly Due[]): string[] {
  const keys = new Set([...plan.values()].flatMap(({ runs }) => runs.map(({ key }) => key)));
  const isNeeded = ({ name, asked }: Due): boolean =>
    [...plan.values()].some((sweep) => sweep.name === name) ||
    asked.some(({ cells, steps }) => cells.some(({ config_sha256: hash }) => keys.has(`${hash}@${steps}`))) ||
    asked.length === 0;
  return due.filter(isNeeded).map(({ name }) => name);
}

const runsOf = ({ plan }: Job) => [...plan.values()].filter(({ trained }) => trained).flatMap(({ runs }) => runs);

/** How many runs of a recipe are not trained yet. */
function missingIn(job: Job, root: string): number {
  const known = knownRuns(root);
  return runsOf(job).filter(({ key }) => known.get(key)?.cell.state !== 'done').length;
}

/** What a recipe comes to; undefined, with nothing written, where a run that it reads is not there. */
async function measured(job: Job, root: string): Promise<Claims | undefined> {
  const { recipe, plan } = job;
  const [known, wanted, missing] = [knownRuns(root), runsOf(job), missingIn(job, root)];
  if (missing > 0) {
    tell(`incline: ${recipe.name} is left out, as ${missing} of its ${wanted.length} runs are not trained`);
    return undefined;
  }
  const folders = new Map(wanted.map(({ key }) => [key, known.get(key)!.folder]));
  const reader = new Reader(new Runs(plan, folders));
  try {
    const onClaim = (claim: ClaimResult): void => report({ type: 'claim', recipe: recipe.name, claim });
    const claims = await tryClaims(recipe, reader, root, onClaim);
    const figure = await figureOf(recipe, reader);
    report({ type: 'figure', recipe: recipe.name, lines: figure.lines });
    const { renderPng } = await import('../output/render_png.ts');
    await writeResult(root, claims, figure, renderPng(figure.svg));
    return claims;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError({
      ...error.complaint,
      where: `${recipe.name}: ${error.complaint.where ?? 'a claim or panel'}`,
    });
  } finally {
    await reader.dispose();
  }
}

/** Measures what is there, after others trained it. @param isPart whether some of it is still being trained */
async function finish(jobs: readonly Job[], root: string, json: boolean, isPart: boolean): Promise<number> {
  const results: Claims[] = [];
  for (const job of jobs) {
    if (isPart && missingIn(job, root) > 0) continue;
    const claims = await measured(job, root);
    if (!claims) continue;
    results.push(claims);
    if (!json) print(...claimLines(claims));
  }
  await writeReport(root);
  return conclude(isPart ? results.length : jobs.length, results, root, json);
}

/** @param wanted figures that there should be */
function conclude(wanted: number, results: readonly Claims[], root: string, json: boolean): number {
  if (json) printJson({ v: 1, out: root, summary: summaryOf(results), results });
  else print('', summaryOf(results), `report  ${shown(join(root, 'report.html'))}`);
  const failed = results.flatMap(({ recipe, claims }) =>
    claims.filter(({ verdict }) => verdict === 'control failed').map(({ id }) => `${recipe}/${id}`),
  );
  for (const name of failed) tell(`incline: the control of ${name} does not fail, so its claim says nothing`);
  return failed.length > 0 || results.length < wanted ? exitCode.userError : exitCode.done;
}

/** The reports on all that is in the folder, of both sizes. */
async function writeReport(root: string): Promise<void> {
  const results = await readResults(root);
  const shared = { readers: 'shared' } as const;
  await writeFileAtomic(join(root, 'report.md'), reportMarkdown(results), shared);
  await writeFileAtomic(
    join(root, 'report.html'),
    reportHtml(results, (result) => readFigure(root, result)),
    shared,
  );
}

function claimLines({ recipe, size, claims }: Claims): string[] {
  const lines = claims.map((claim) => {
    const { id, measured, control, horizon } = claim;
    const later = horizon.doubled ? `, after twice as long ${trialText(horizon.doubled)}` : '';
    return `  ${id}: ${trialText(measured)}${later}, rule ${ruleText(claim)}; control ${trialText(control)}: ${verdictText(claim)}`;
  });
  return [`${recipe} (${size})`, ...lines];
}

function dryRun(jobs: readonly Job[], due: readonly Due[], root: string, json: boolean): number {
  const known = knownRuns(root);
  const recipes = jobs.map((job) => {
    const keys = [...new Set(runsOf(job).map(({ key }) => key))];
    const done = keys.filter((key) => known.get(key)?.cell.state === 'done').length;
    const { name, size, scale } = job.recipe;
    return { name, size, runs: keys.length, done, scale };
  });
  const left = due.flatMap(({ name, asked }) => asked.flatMap(({ cells }) => cells.map(({ run }) => `${name}/${run}`)));
  if (json) printJson({ v: 1, out: root, recipes, left });
  else {
    for (const { name, size, runs, done, scale } of recipes)
      print(`${name} (${size}): ${runs} runs, ${done} done; ${scale}`);
    print(...left.map((run) => `  ${run}`));
  }
  return exitCode.done;
}
