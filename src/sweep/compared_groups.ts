import { join, relative } from 'node:path';
import { bandOf } from '../core/band.ts';
import { UserError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { leaves } from '../core/record.ts';
import { trainLoss } from '../metrics/shared.ts';
import { type Compared, differing, type Over, type Value } from '../runs/compare/compared.ts';
import { fewest, load, most } from '../runs/compare/load.ts';
import { locate } from '../store/library.ts';
import { isSweep } from '../store/sweep_folder.ts';
import { lookAt } from './cell_look.ts';
import { isSame, settingsText, type Values } from './cells.ts';
import { freeSettings } from './extend.ts';
import { spreadOf } from './groups.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { readSweep } from './record.ts';
import { isCounted } from './state.ts';

/** A run that belongs to a group. */
interface Member {
  /** As a command would name it, and the word that named it. */
  readonly name: string;
  readonly word: string;
  /** The folder of a run, or a snapshot. */
  readonly path: string;
  readonly outcome: Outcome;
}

interface Members {
  readonly name: string;
  readonly members: readonly Member[];
}

/** Whether a word names a sweep: its runs can be compared in groups only. */
export function namesSweep(word: string, directory: string): boolean {
  const { folder, file } = locate(word, directory);
  return file === undefined && isSweep(folder);
}

/**
 * Reads the runs that words name, those of a sweep for its name, as groups: runs that agree in these settings stand as one,
 * with means over them and over all in which they differ besides. Where nobody chose settings and none differs, each word is
 * a group.
 * @param paths settings that tell groups apart; all that differ, besides seeds, unless there are any
 * @param onNotice told of what was left out, and of what means are taken over
 * @throws UserError unless there are two to six groups
 */
export async function loadGroups(
  words: readonly string[],
  paths: readonly string[],
  directory: string,
  onNotice: (message: string) => void,
): Promise<Compared[]> {
  const members: Member[] = [];
  const named = words.flatMap((word) => pathsOf(word, directory, onNotice).map((path) => ({ word, path })));
  for (const { word, path } of named) {
    const name = relative(directory, path).startsWith('..') ? relative('', path) : relative(directory, path);
    const snapshot = path.endsWith('.safetensors') ? path : (await lookAt(path)).snapshot;
    if (snapshot) members.push({ name, word, path, outcome: await outcomeOf(snapshot) });
    else onNotice(`${name}: has no snapshot yet; it is left out`);
  }
  const varied = differing(members.map(({ outcome }) => outcome.config)).map(({ path }) => path);
  const telling = varied.filter((path) => !freeSettings.includes(path));
  const apart = paths.length > 0 ? paths.map((path) => settingOf(path, members, varied)) : telling;
  const groups = paths.length === 0 && telling.length === 0 ? byWord(members) : groupsBy(apart, members);
  requireFit(groups, apart);
  const also = telling.filter((path) => !apart.includes(path));
  if (also.length > 0) onNotice(`means are over ${also.join(', ')} as well; --group ${also[0]} tells them apart`);
  return Promise.all(groups.map((group) => asOne(group, directory)));
}

function pathsOf(word: string, directory: string, onNotice: (message: string) => void): string[] {
  const { folder, file } = locate(word, directory);
  if (file !== undefined) return [file];
  if (!isSweep(folder)) return [folder];
  const { cells } = readSweep(folder);
  const counted = cells.filter(isCounted);
  if (counted.length < cells.length) onNotice(`${word}: ${cells.length - counted.length} that failed are left out`);
  return counted.map(({ run }) => join(folder, run));
}

/** The setting that a word means: its path, or the last word of one that varies. */
function settingOf(word: string, members: readonly Member[], varied: readonly string[]): string {
  const all = new Set(members.flatMap(({ outcome }) => leaves(outcome.config).map(([path]) => path)));
  const found = all.has(word) ? word : varied.find((path) => path.split('.').at(-1) === word);
  if (found !== undefined) return found;
  const fix = nearest(word, [...all]);
  throw new UserError({
    where: '--group',
    what: `these runs have no setting ${word}`,
    expected: varied.length > 0 ? `one that differs: ${varied.join(', ')}` : undefined,
    fix: fix || undefined,
  });
}

/** The members as the words named them. */
function byWord(members: readonly Member[]): Members[] {
  const words = [...new Set(members.map(({ word }) => word))];
  return words.map((name) => ({ name, members: members.filter(({ word }) => word === name) }));
}

function groupsBy(paths: readonly string[], members: readonly Member[]): Members[] {
  const groups: { name: string; settings: Values; members: Member[] }[] = [];
  for (const member of members) {
    const own = new Map(leaves(member.outcome.config));
    const settings = Object.fromEntries(paths.filter((path) => own.has(path)).map((path) => [path, own.get(path)]));
    const group = groups.find((one) => isSame(one.settings, settings));
    if (group) group.members.push(member);
    else groups.push({ name: settingsText(settings) || 'all', settings, members: [member] });
  }
  return groups;
}

function requireFit({ length: count }: readonly Members[], paths: readonly string[]): void {
  if (count >= fewest && count <= most) return;
  const by = paths.length > 0 ? ` by ${paths.join(', ')}` : '';
  throw new UserError({
    what: `compare takes ${fewest} to ${most} groups; these runs are ${count}${by}`,
    fix:
      count < fewest
        ? 'name with --group a setting in which they differ, as --group seed'
        : 'group by fewer settings with --group; sweep results shows any number',
  });
}

async function asOne({ name, members }: Members, directory: string): Promise<Compared> {
  const first = await load(members[0]!.path, directory);
  const steps = members.map(({ outcome }) => outcome.step);
  const [least, step] = [Math.min(...steps), Math.max(...steps)];
  const measuredNames = [...new Set(members.flatMap(({ outcome }) => [...outcome.curves.keys()]))];
  const bands = new Map(
    measuredNames.map((metric) => [metric, bandOf(members.flatMap(({ outcome }) => outcome.curves.get(metric) ?? []))]),
  );
  const over: Over = {
    runs: members.map((member) => member.name),
    seeds: [...new Set(members.map(({ outcome }) => outcome.config.seed))],
    bands,
  };
  const measured = [trainLoss, ...Object.keys(first.state.estimates)];
  return {
    ...first,
    name,
    state: {
      ...first.state,
      step,
      curves: new Map([...bands].map(([metric, { middle }]) => [metric, middle])),
      estimates: Object.fromEntries(measured.map((metric) => [metric, valueOver(members, metric)])),
    },
    over,
    notices: [
      ...first.notices,
      ...(least < step ? [`its runs have come to different steps, ${least} to ${step}`] : []),
    ],
  };
}

function valueOver(members: readonly Member[], metric: string): Value {
  const { mean, sd, n } = spreadOf({ results: members }, metric, 'last');
  return { mean, sd, stderr: null, n };
}
