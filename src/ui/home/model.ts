import type { ScreenAction } from '../screen/action.ts';
import type { Size } from '../screen/size.ts';
import type { Look } from '../terminal/look.ts';
import type { Annotation, HomeChoice, HomeData, HomePreset, HomeRecipe, HomeRun } from './contract.ts';

/** In the order in which they stand. */
export const listNames = ['runs', 'presets', 'recipes'] as const;

export type ListName = (typeof listNames)[number];

/** The first row of each. */
export const firstRows: Readonly<Record<ListName, number>> = { runs: 0, presets: 0, recipes: 0 };

/** What is being typed. */
export type Typing = 'search' | 'note' | 'tags';

export interface HomeModel {
  readonly data: HomeData;
  readonly size: Size;
  readonly look: Look;
  /** Now, in milliseconds since 1970, for ages. */
  readonly now: number;
  readonly list: ListName;
  /** Selected row of each list, among those that match the search. */
  readonly at: Readonly<Record<ListName, number>>;
  readonly search: string;
  readonly typing: { readonly what: Typing; readonly text: string } | undefined;
  /** Folders of the runs that are marked for comparison, in the order of marking. */
  readonly marked: readonly string[];
  readonly help: boolean;
  readonly notice: string;
}

export type HomeEffect =
  | { readonly type: 'choose'; readonly choice: HomeChoice }
  | { readonly type: 'annotate'; readonly annotation: Annotation }
  | { readonly type: 'suspend' };

export interface HomeStep {
  readonly model: HomeModel;
  readonly effects: readonly HomeEffect[];
}

export type HomeAction =
  | ScreenAction
  | { readonly type: 'refreshed'; readonly data: HomeData; readonly now: number }
  | { readonly type: 'notice'; readonly text: string };

export function initialHome(data: HomeData, size: Size, look: Look, now: number): HomeModel {
  const list = data.runs.some(({ live }) => live) || data.presets.length === 0 ? 'runs' : 'presets';
  return {
    data,
    size,
    look,
    now,
    list,
    at: firstRows,
    search: '',
    typing: undefined,
    marked: [],
    help: false,
    notice: '',
  };
}

export function matchingRuns({ data, search }: HomeModel): readonly HomeRun[] {
  return data.runs.filter(({ name, title, note, tags, facts }) =>
    matches(search, [name, title, note, ...tags.map((tag) => `#${tag}`), ...facts.map(({ value }) => value)]),
  );
}

export function matchingPresets({ data, search }: HomeModel): readonly HomePreset[] {
  return data.presets.filter((one) => matches(search, wordsOf(one)));
}

export function matchingRecipes({ data, search }: HomeModel): readonly HomeRecipe[] {
  return data.recipes.filter((one) => matches(search, [...wordsOf(one), ...one.claims.map(({ label }) => label)]));
}

const wordsOf = ({ name, title, description, facts }: HomePreset): string[] => [
  name,
  title,
  description,
  ...facts.map(({ value }) => value),
];

/** Every word of the search stands somewhere. */
function matches(search: string, texts: readonly string[]): boolean {
  const all = texts.join('\n').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

/** The run under the cursor, when the cursor is among runs. */
export function selectedRun(model: HomeModel): HomeRun | undefined {
  return model.list === 'runs' ? matchingRuns(model)[selectedRow(model, 'runs')] : undefined;
}

export function selectedPreset(model: HomeModel): HomePreset | undefined {
  return model.list === 'presets' ? matchingPresets(model)[selectedRow(model, 'presets')] : undefined;
}

export function selectedRecipe(model: HomeModel): HomeRecipe | undefined {
  return model.list === 'recipes' ? matchingRecipes(model)[selectedRow(model, 'recipes')] : undefined;
}

export function countOf(model: HomeModel, list: ListName): number {
  const matching = { runs: matchingRuns, presets: matchingPresets, recipes: matchingRecipes }[list];
  return matching(model).length;
}

/** The selected row of a list, which a search may have shortened. */
export function selectedRow(model: HomeModel, list: ListName): number {
  return Math.max(0, Math.min(model.at[list], countOf(model, list) - 1));
}
