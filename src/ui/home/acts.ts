import type { HomeChoice, HomeRun } from './contract.ts';
import type { HomeModel, HomeStep, ListName, Typing } from './model.ts';
import { countOf, firstRows, listNames, selectedPreset, selectedRecipe, selectedRow, selectedRun } from './model.ts';

export function quiet(model: HomeModel): HomeStep {
  return { model, effects: [] };
}

export function choose(model: HomeModel, choice: HomeChoice): HomeStep {
  return { model, effects: [{ type: 'choose', choice }] };
}

/** Moves the cursor; past the end of a list it goes on in the next that has something. */
export function move(model: HomeModel, by: number): HomeStep {
  const { list } = model;
  const row = selectedRow(model, list) + by;
  const place = listNames.indexOf(list);
  const beyond = row < 0 ? listNames.slice(0, place).reverse() : listNames.slice(place + 1);
  const other = beyond.find((name) => countOf(model, name) > 0);
  if (Math.abs(by) === 1 && (row < 0 || row >= countOf(model, list)) && other) {
    const at = { ...model.at, [other]: by > 0 ? 0 : countOf(model, other) - 1 };
    return quiet({ ...model, list: other, at });
  }
  const last = Math.max(0, countOf(model, list) - 1);
  return quiet({ ...model, at: { ...model.at, [list]: Math.max(0, Math.min(last, row)) } });
}

/** From what is trained with to what was trained, which people go back and forth between. */
const walk: readonly ListName[] = ['presets', 'runs', 'recipes'];

/** @param by lists further; after the last comes the first; where there are no recipes, none comes there */
export function otherList(model: HomeModel, by: 1 | -1): HomeStep {
  const lists = walk.filter((name) => name !== 'recipes' || model.data.recipes.length > 0);
  const place = lists.indexOf(model.list) + by + lists.length;
  return quiet({ ...model, list: lists[place % lists.length]! });
}

/** Starts the selected preset, makes the selected figure, opens the selected sweep, watches the selected live run, or plays back the selected past one. */
export function open(model: HomeModel): HomeStep {
  const preset = selectedPreset(model);
  if (preset) return choose(model, { type: 'start', preset: preset.name });
  const recipe = selectedRecipe(model);
  if (recipe) return choose(model, { type: 'reproduce', recipe: recipe.name });
  const run = selectedRun(model);
  if (!run) return quiet(model);
  if (run.sweep) return choose(model, { type: 'attach', run: run.folder });
  return choose(model, run.live ? { type: 'attach', run: run.name } : { type: 'replay', folder: run.folder });
}

export function replay(model: HomeModel): HomeStep {
  return choose(model, { type: 'replay', folder: selectedRun(model)!.folder });
}

export function resume(model: HomeModel): HomeStep {
  const run = selectedRun(model)!;
  const steps = stepsOnResume(run);
  const file = `${run.folder}/${run.snapshots.at(-1)!.file}`;
  return choose(model, { type: 'resume', file, ...(steps !== undefined && { steps }) });
}

/** Total steps to reach from the last snapshot of a run that has done all of its own; else undefined. */
export function stepsOnResume({ snapshots, steps }: HomeRun): number | undefined {
  const { step } = snapshots.at(-1)!;
  return step >= steps ? 2 * step || 1000 : undefined;
}

/** Marks the selected run for comparison, or takes the mark away. */
export function mark(model: HomeModel): HomeStep {
  const { folder } = selectedRun(model)!;
  const { marked } = model;
  return quiet({
    ...model,
    marked: marked.includes(folder) ? marked.filter((other) => other !== folder) : [...marked, folder],
  });
}

export function compare(model: HomeModel): HomeStep {
  return choose(model, { type: 'compare', folders: model.marked });
}

/** Begins to type a search, or the note or tags of the selected run, starting from what is there. */
export function begin(model: HomeModel, what: Typing): HomeStep {
  const run = selectedRun(model);
  const text = { search: model.search, note: run?.note ?? '', tags: run?.tags.join(' ') ?? '' }[what];
  return quiet({ ...model, typing: { what, text } });
}

const longestText = 400;

export function edit(model: HomeModel, change: (text: string) => string): HomeStep {
  const { typing } = model;
  if (!typing) return quiet(model);
  const text = change(typing.text).slice(0, longestText);
  const searching = typing.what === 'search' && { search: text, at: firstRows };
  const moved = { ...model, typing: { ...typing, text }, ...searching };
  // The cursor follows the search to a list that has something.
  const there = [moved.list, ...listNames].find((name) => countOf(moved, name) > 0);
  return quiet(searching && there ? { ...moved, list: there } : moved);
}

/** Ends the typing and keeps what was typed. */
export function keep(model: HomeModel): HomeStep {
  const { typing } = model;
  const run = selectedRun(model);
  const done = { ...model, typing: undefined };
  if (!typing || typing.what === 'search' || !run) return quiet(done);
  const note = typing.what === 'note' ? typing.text.trim() : run.note;
  const tags = typing.what === 'tags' ? tagsIn(typing.text) : run.tags;
  const runs = model.data.runs.map((other) => (other === run ? { ...other, note, tags } : other));
  return {
    model: { ...done, data: { ...model.data, runs } },
    effects: [{ type: 'annotate', annotation: { folder: run.folder, note, tags } }],
  };
}

/** Ends the typing; a search is taken back, a note or tags stay as they were. */
export function cancel(model: HomeModel): HomeStep {
  return quiet({ ...model, typing: undefined, ...(model.typing?.what === 'search' && { search: '' }) });
}

/** The different words of a text, without the `#` that people may put before them. */
function tagsIn(text: string): string[] {
  const words = text.split(/[\s,]+/).map((word) => word.replace(/^#+/, ''));
  return [...new Set(words.filter((word) => word !== ''))];
}
