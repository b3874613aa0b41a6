import { dirname, resolve } from 'node:path';
import { Interrupted, UserError } from '../../core/errors.ts';
import { significant } from '../../core/format.ts';
import { isRecord } from '../../core/record.ts';
import { metricText } from '../../metrics/text.ts';
import { loadPreset, presetNames } from '../../presets/load.ts';
import { resolveConfig } from '../../presets/resolve.ts';
import { secondsOf, timeText } from '../../presets/times.ts';
import type { RunConfig } from '../../protocol/config.ts';
import { asForest } from '../../runs/forest.ts';
import { readNotes, writeNotes } from '../../store/annotation.ts';
import { type CataloguedRun, listRuns } from '../../store/catalogue.ts';
import { goingFrom, withoutCells } from '../../store/going.ts';
import { isSweep, sweepsIn } from '../../store/sweep_folder.ts';
import { sweepSummary } from '../../sweep/summary.ts';
import { tasks } from '../../tasks/registry.ts';
import type { HomeChoice, HomeData, HomeFact, HomePreset, HomeRun } from '../../ui/home/contract.ts';
import { gpu } from '../../ui/home/lists.ts';
import type { HomeModel } from '../../ui/home/model.ts';
import { showHome } from '../../ui/home/show_home.ts';
import type { Execute } from '../parser/command.ts';
import { directoryOf } from '../preferences/directory.ts';
import { screenPreferences } from './full_screen.ts';
import { recipesNow } from './home_recipes.ts';

/** The home screen, again and again until it is left; what is chosen there is carried out as a command line. */
export async function home(execute: Execute): Promise<void> {
  const presets = listPresets();
  const figures = recipesNow();
  const refresh = async (): Promise<HomeData> => {
    const { runs, problems = [] } = await runsNow();
    const { recipes, problems: more } = figures();
    return { presets, recipes, runs, problems: [...problems, ...more] };
  };
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
      await execute(wordsOf(choice));
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      notice = (error as Error).message;
    }
  }
}

/** The command line that does what was chosen. */
function wordsOf(choice: Exclude<HomeChoice, { type: 'quit' }>): string[] {
  switch (choice.type) {
    case 'start':
      return ['train', choice.preset];
    case 'reproduce':
      return ['reproduce', choice.recipe, '--quick'];
    case 'attach':
      return ['attach', choice.run];
    case 'replay':
      return ['replay', choice.folder];
    case 'resume': {
      const steps = choice.steps === undefined ? [] : ['--steps', String(choice.steps)];
      return ['train', '--resume', choice.file, ...steps];
    }
    case 'compare':
      return ['compare', ...choice.folders];
  }
}

/** What a newcomer can see done in a minute comes first; begun by what runs when nothing is named. */
const firstPresets: readonly string[] = ['yang-quick', 'li-quick', 'yang-tiny'];

function listPresets(): HomePreset[] {
  const names = [...firstPresets, ...presetNames().filter((name) => !firstPresets.includes(name))];
  const presets = names.map((name): HomePreset => {
    const { raw, where } = loadPreset(name);
    const { config } = resolveConfig(raw, where);
    const { title, description, task } = config;
    const group = firstPresets.includes(name) ? 'start here' : paperOf(task.name);
    const forGpu = / \(for a GPU\)$/;
    return {
      name,
      title: title.replace(forGpu, ''),
      description,
      group,
      time: forGpu.test(title) ? gpu : timeText(secondsOf(name, config)),
      facts: factsOf(config),
    };
  });
  const groups = [...new Set(presets.map(({ group }) => group))];
  return groups.flatMap((group) => presets.filter((preset) => preset.group === group));
}

/** The paper that a task comes from, as its title says. */
function paperOf(task: string): string {
  return /\(([^()]+ \d{4})\)$/.exec(tasks.get(task)?.title ?? '')?.[1] ?? '';
}

/** Runs that are going, wherever they are kept, and those of the directory for runs. */
async function runsNow(): Promise<Pick<HomeData, 'runs' | 'problems'>> {
  const own = directoryOf(undefined);
  const live = withoutCells(await goingFrom(own));
  const directories = new Set([own, ...live.map(({ dir }) => resolve(dir, '..'))]);
  const going = new Set(live.map(({ dir }) => dir));
  const problems: string[] = [];
  const leaveOut = (problem: string) => problems.push(problem);
  const listed = (directory: string) => listRuns(directory, leaveOut);
  const found = (await Promise.all([...directories].filter((directory) => !isSweep(directory)).map(listed))).flat();
  const shown = found.filter(({ folder }) => going.has(folder) || folder.startsWith(own));
  const isLive = ({ folder }: CataloguedRun): number => Number(going.has(folder));
  const started = ({ record }: CataloguedRun): number => Date.parse(record.started);
  const sorted = shown.sort((a, b) => isLive(b) - isLive(a) || started(b) - started(a));
  const forest = asForest(sorted, ({ folder }) => folder, parentFolder);
  const single = forest.map(({ entry, depth }) => homeRun(entry, going.has(entry.folder), depth, leaveOut));
  const folders = new Set([...sweepsIn(own), ...[...going].filter(isSweep)]);
  const sweeps = [...folders].flatMap((folder) => homeSweep(folder, going.has(folder), leaveOut));
  const runs = inOrder(single, sweeps);
  return { runs, problems: problems.map((problem) => problem.replace(`${own}/`, '')).sort() };
}

/** Sweeps among the runs, where forks stay under their parents: live ones first, then the newest. */
function inOrder(runs: readonly HomeRun[], sweeps: readonly HomeRun[]): HomeRun[] {
  const isBefore = (a: HomeRun, b: HomeRun): boolean => (a.live === b.live ? a.started > b.started : a.live);
  return sweeps.reduce<HomeRun[]>(
    (list, sweep) => {
      const place = list.findIndex((one) => one.depth === 0 && isBefore(sweep, one));
      return list.toSpliced(place < 0 ? list.length : place, 0, sweep);
    },
    [...runs],
  );
}

function homeSweep(folder: string, live: boolean, onUnreadable: (problem: string) => void): HomeRun[] {
  try {
    const { done, failed, total, ...sweep } = sweepSummary(folder);
    const steps = { step: sweep.steps * done, steps: sweep.steps * total };
    return [
      {
        ...sweep,
        ...steps,
        sweep: { done, failed, total },
        folder,
        depth: 0,
        live,
        paused: false,
        ending: live ? '' : done === total ? 'completed' : failed > 0 ? 'failed' : 'stopped',
        metrics: [],
        source: '',
        snapshots: [],
        ...readNotes(folder, onUnreadable),
      },
    ];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    onUnreadable(error.message);
    return [];
  }
}

function parentFolder({ folder, record: { parent } }: CataloguedRun): string | undefined {
  return parent && dirname(resolve(folder, parent.file));
}

function homeRun(run: CataloguedRun, live: boolean, depth: number, onUnreadable: (problem: string) => void): HomeRun {
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
    ...headlineOf(run),
    source: /^presets\/(.+)\.json$/.exec(run.record.source)?.[1] ?? '',
    snapshots: run.snapshots,
    ...readNotes(run.folder, onUnreadable),
  };
}

function parentFact({ record: { parent } }: CataloguedRun): HomeFact[] {
  return parent ? [{ label: 'parent', value: `${parent.run} at step ${parent.step}` }] : [];
}

function headlineOf({ headline, described, metrics }: CataloguedRun): Pick<HomeRun, 'headline'> {
  if (!headline) return {};
  const { name, curve } = headline;
  const [label, title] = [described.short(name), described.title(name)];
  return { headline: { label, title, value: significant(metrics[name] ?? null), curve } };
}

/** Metrics with a direction are what a run is about. */
function metricFacts({ metrics, described }: CataloguedRun): HomeFact[] {
  return Object.entries(metrics).flatMap(([name, value]) => {
    const info = name.includes('/') ? undefined : described.info(name);
    return info && info.better !== 'none' ? [{ label: info.short, value: metricText(described, name, value) }] : [];
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
  if (!isRecord(value)) return String(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key}\u00a0${valueText(inner)}`)
    .join(', ');
}
