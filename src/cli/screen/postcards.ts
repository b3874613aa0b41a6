import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { writeFileAtomic } from '../../core/files.ts';
import { thousands } from '../../core/format.ts';
import { sharedCommandLine } from '../../core/own_command.ts';
import { type Compared, membersText } from '../../runs/compare/compared.ts';
import type { RunState } from '../../runs/state.ts';
import type { SweepRecord } from '../../sweep/record.ts';
import type { Share } from '../../ui/screen/postcard.ts';
import { commandOf, findable, presetOf } from './reproduce.ts';

/** Keeps pictures of a run. @param place its folder, or the snapshot that is played back */
export function shareRun(place: string): Share<RunState> {
  return (state, postcard) => {
    const preset = presetOf(place)?.name;
    const facts = [preset ?? state.run, `seed ${state.config?.seed ?? '?'}`, `step ${thousands(state.step)}`];
    const name = `${state.run}-step-${String(state.step).padStart(8, '0')}`;
    const title = state.config?.title || state.run;
    return keep(name, postcard({ title, facts: facts.join(' · '), command: commandOf(state, place) }));
  };
}

/** Keeps pictures of runs side by side. @param words what the runs were named by @param group settings that tell groups apart */
export function shareCompared(words: readonly string[], group: readonly string[] = []): Share<readonly Compared[]> {
  return (runs, postcard) => {
    const facts = runs.map(
      ({ name, state, over }) =>
        `${name}, ${over ? membersText(over) : `seed ${state.config.seed}`}, step ${thousands(state.step)}`,
    );
    const options = group.flatMap((path) => ['--group', path]);
    const command = sharedCommandLine('compare', ...words.map((word) => findable(word)), ...options);
    const names = runs.map(({ name }) => name);
    const card = { title: names.join(', '), facts: facts.join(' · '), command };
    return keep(`compare-${names.join('-')}`, postcard(card));
  };
}

/** Keeps pictures of a sweep. */
export function shareSweep(folder: string): Share<SweepRecord> {
  return ({ name, preset, cells }, postcard) =>
    keep(
      `sweep-${name}`,
      postcard({
        title: name,
        facts: `${cells.length} runs of ${preset}`,
        command: sharedCommandLine('attach', findable(folder)),
      }),
    );
}

/** Letters of a file's name; the file systems that people have take more. */
const longestName = 120;

/** Writes a picture into the working folder, beside those that are there; @returns what to say */
async function keep(name: string, svg: string): Promise<string> {
  const { canDrawWords, renderPng } = await import('../output/render_png.ts');
  const plain = name
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, longestName);
  const taken = (base: string) => ['svg', 'png'].some((ending) => existsSync(`${base}.${ending}`));
  let base = plain;
  for (let number = 2; taken(base); number++) base = `${plain}-${number}`;
  await writeFileAtomic(resolve(`${base}.svg`), svg, { readers: 'shared' });
  await writeFileAtomic(resolve(`${base}.png`), renderPng(svg), { readers: 'shared' });
  const words = canDrawWords() ? '' : '; the PNG lacks words, as this machine has no font';
  return `${base}.svg and .png written${words}`;
}
