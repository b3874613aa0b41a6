import { dirname, resolve } from 'node:path';
import { metricInfo } from '../metrics/catalog.ts';
import { metricText } from '../metrics/text.ts';
import { loadPreset, presetNames } from '../presets/load.ts';
import { resolveConfig } from '../presets/resolve.ts';
import type { RunConfig } from '../protocol/config.ts';
import { readNotes, writeNotes } from '../runs/annotation.ts';
import { type CataloguedRun, listRuns } from '../runs/catalogue.ts';
import { asForest } from '../runs/family.ts';
import { listLiveRuns } from '../runs/index.ts';
import type { HomeChoice, HomeData, HomeFact, HomePreset, HomeRun } from '../ui/home/contract.ts';
import type { HomeModel } from '../ui/home/model.ts';
import { showHome } from '../ui/home/show_home.tsx';
import { readPreferences } from './preferences.ts';
import { screenPreferences } from './screen.ts';

/** Carries out what was chosen on the home screen; resolves when the person is back from it. */
export type CarryOut = (choice: Exclude<HomeChoice, { type: 'quit' }>) => Promise<unknown>;

/** The home screen, again and again until it is left. */
export async function home(carryOut: CarryOut): Promise<void> {
  const presets = listPresets();
  const refresh = async (): Promise<HomeData> => ({ presets, runs: await runsNow() });
  let from: HomeModel | undefined;
  let notice = '';
  for (;;) {
    const { choice, model } = await showHome({
      data: await refresh(),
      refresh,
      annotate: ({ folder, note, tags }) => writeNotes(folder, { note, tags }),
      preferences: screenPreferences(),
      notice,
      from,
    });
    if (choice.type === 'quit') return;
    from = model;
    notice = '';
    try {
      await carryOut(choice);
    } catch (error) {
      notice = (error as Error).message;
    }
  }
}

/** What a newcomer can see done in a minute comes first; begun by what runs when nothing is named. */
const firstPresets: readonly string[] = ['yang-quick', 'li-quick', 'yang-tiny'];

function listPresets(): HomePreset[] {
  const names = [...firstPresets, ...presetNames().filter((name) => !firstPresets.includes(name))];
  return names.map((name) => {
    const { raw, where } = loadPreset(name);
    const { config } = resolveConfig(raw, where);
    return { name, title: config.title, description: config.description, facts: factsOf(config) };
  });
}

/** Runs that are going, wherever they are kept, and those of the directory for runs. */
async function runsNow(): Promise<HomeRun[]> {
  const live = await listLiveRuns();
  const directories = new Set([
    resolve(readPreferences().directory ?? 'snapshots'),
    ...live.map(({ dir }) => resolve(dir, '..')),
  ]);
  const going = new Set(live.map(({ dir }) => dir));
  const own = resolve(readPreferences().directory ?? 'snapshots');
  const found = (await Promise.all([...directories].map(listRuns))).flat();
  const shown = found.filter(({ folder }) => going.has(folder) || folder.startsWith(own));
  const isLive = ({ folder }: CataloguedRun): number => Number(going.has(folder));
  const started = ({ record }: CataloguedRun): number => Date.parse(record.started);
  const sorted = shown.sort((a, b) => isLive(b) - isLive(a) || started(b) - started(a));
  const forest = asForest(sorted, ({ folder }) => folder, parentFolder);
  return Promise.all(forest.map(({ entry, depth }) => homeRun(entry, going.has(entry.folder), depth)));
}

function parentFolder({ folder, record: { parent } }: CataloguedRun): string | undefined {
  return parent && dirname(resolve(folder, parent.file));
}

async function homeRun(run: CataloguedRun, live: boolean, depth: number): Promise<HomeRun> {
  const { config, started } = run.record;
  return {
    name: run.record.run,
    folder: run.folder,
    depth,
    live,
    paused: live && run.paused,
    title: config.title,
    started: Date.parse(started),
    step: run.step,
    steps: config.train.steps,
    ending: live ? '' : (run.ending ?? ''),
    facts: [...factsOf(config), ...parentFact(run)],
    metrics: metricFacts(run),
    snapshots: run.snapshots,
    ...(await readNotes(run.folder)),
  };
}

function parentFact({ record: { parent } }: CataloguedRun): HomeFact[] {
  return parent ? [{ label: 'parent', value: `${parent.run} at step ${parent.step}` }] : [];
}

/** Metrics with a direction are what a run is about. */
function metricFacts({ metrics }: CataloguedRun): HomeFact[] {
  return Object.entries(metrics).flatMap(([name, value]) => {
    const info = name.includes('/') ? undefined : metricInfo(name);
    return info && info.better !== 'none' ? [{ label: info.short, value: metricText(name, value) }] : [];
  });
}

function factsOf({ task, model, train, seed }: RunConfig): HomeFact[] {
  const settings = ({ name, ...values }: RunConfig['task']) =>
    [name, ...Object.entries(values).map(([key, value]) => `${key}\u00a0${valueText(value)}`)].join(' · ');
  return [
    { label: 'task', value: settings(task) },
    { label: 'model', value: settings(model) },
    {
      label: 'training',
      value: `${train.optimizer} · lr ${train.learning_rate} · ${train.steps} steps · seed ${seed}`,
    },
  ];
}

function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return String(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key}\u00a0${valueText(inner)}`)
    .join(', ');
}
