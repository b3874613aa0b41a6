import { isNumbered, readName } from '../../../metrics/names.ts';
import type { RunState } from '../../../runs/state.ts';

/** Errors of one predictor by the number of examples in the context. */
export interface Learner {
  /** As in metric names; empty for the model itself. */
  readonly name: string;
  readonly title: string;
  /** The letter that stands for it. */
  readonly symbol: string;
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

type Measured = Pick<RunState, 'estimates' | 'metrics'>;

/** The families that are drawn along their places, such as errors by context length, of which a run has measured some. */
export function familiesOf({ estimates, metrics }: Measured): readonly string[] {
  const isDrawn = (family: string) => metrics.info(`${family}/#`)?.along === 'examples';
  const families = Object.keys(estimates)
    .filter(isNumbered)
    .map((name) => readName(name).family!);
  return [...new Set(families)].filter(isDrawn);
}

/** The predictors whose errors of a family a run has measured, the model first. */
export function learnersOf({ estimates }: Measured, wanted: string): Learner[] {
  const found = new Map<string, { at: number; value: number }[]>();
  for (const [name, { mean }] of Object.entries(estimates)) {
    const { predictor = '', family, index } = readName(name);
    if (!isNumbered(name) || family !== wanted) continue;
    const points = found.get(predictor) ?? [];
    found.set(predictor, points);
    points.push({ at: Number(index), value: mean ?? Number.NaN });
  }
  const names = [...found.keys()].sort((a, b) => Number(b === '') - Number(a === ''));
  const symbols = symbolsFor(names);
  return names.map((name, index) => {
    const points = found.get(name)!.sort((a, b) => a.at - b.at);
    const title = name === '' ? 'in context' : name.replaceAll('_', ' ');
    return { name, title, symbol: symbols[index]!, points };
  });
}

/** A letter of its own for each name, its first where that is free; digits of a name count. */
function symbolsFor(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    if (name === '') return '●';
    const letters = [...(/\d/.exec(name) ?? []), ...name.replaceAll('_', ''), ...'abcdefghijklmnopqrstuvwxyz'];
    const symbol = letters.find((letter) => !taken.has(letter))!;
    taken.add(symbol);
    return symbol;
  });
}
