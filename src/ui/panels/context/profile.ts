import { fitNumber, significant } from '../../../core/format.ts';
import type { Profile } from '../../../plot/profile.ts';
import { drawProfiles } from '../../../plot/profile.ts';
import type { Glyphs, Line } from '../../../plot/text.ts';
import { fitText, span } from '../../../plot/text.ts';
import { gutter } from '../../../plot/value_axis.ts';
import type { Size } from '../../screen/size.ts';
import type { View } from '../../state/model.ts';
import type { PanelPicture } from '../contract.ts';
import type { Learner } from './learners.ts';

interface Shown {
  readonly view: Pick<View, 'logY'>;
  readonly glyphs: Glyphs;
}

/** The latest errors by place, of the model and of predictors fitted to each prompt alone. */
export function drawLatest(model: Shown, all: readonly Learner[], size: Size): Omit<PanelPicture, 'title'> {
  const learners = bestOf(all, listedIn(all.length, size));
  const least = model.view.logY ? leastDrawn(learners) : 0;
  const isCut = learners.some(({ points }) => points.some(({ value }) => value < least));
  const left = all.length - learners.length;
  return {
    detail: [
      model.view.logY ? `log y${isCut ? `, cut at ${significant(least)}` : ''}` : 'linear y',
      ...(left > 0 ? [`${left} more; enter enlarges`] : []),
    ].join(' · '),
    body: [...chart(model, learners, size, least), ...table(learners, all, size.columns)],
  };
}

/** Rows of the chart, at least, and predictors beside the model that are worth giving it rows. */
const [leastChart, few] = [6, 2];

/** How many learners are listed: all, or as many as leave room for a chart of them. */
function listedIn(count: number, { rows }: Size): number {
  const beside = rows - leastChart - 1;
  return beside >= 1 + few ? Math.min(count, beside) : count;
}

/**
 * The model and the best of the others, in their order: those that have the least error at most lengths, then by their mean
 * error. Which learner comes nearest is what the panel is for.
 */
function bestOf(all: readonly Learner[], count: number): readonly Learner[] {
  if (count >= all.length) return all;
  const lengths = lengthsOf(all);
  const ranks = new Map(
    all.map((learner) => [learner, { wins: winsOf(all, learner, lengths), mean: meanOf(learner) }]),
  );
  const ranked = [...all].sort((a, b) => {
    const [left, right] = [ranks.get(a)!, ranks.get(b)!];
    return Number(b.name === '') - Number(a.name === '') || right.wins - left.wins || left.mean - right.mean;
  });
  const kept = new Set(ranked.slice(0, count));
  return all.filter((learner) => kept.has(learner));
}

const lengthsOf = (learners: readonly Learner[]): number[] =>
  [...new Set(learners.flatMap(({ points }) => points.map(({ at }) => at)))].sort((a, b) => a - b);

const valueAt = ({ points }: Learner, length: number): number =>
  points.find(({ at }) => at === length)?.value ?? Number.NaN;

/** Whether no other learner has a lower error at a length. */
function isLeast(all: readonly Learner[], learner: Learner, length: number): boolean {
  const value = valueAt(learner, length);
  return !Number.isNaN(value) && all.every((other) => !(valueAt(other, length) < value));
}

const winsOf = (all: readonly Learner[], learner: Learner, lengths: readonly number[]): number =>
  lengths.filter((length) => isLeast(all, learner, length)).length;

/** The mean error over the lengths at which it was measured. */
function meanOf({ points }: Learner): number {
  const errors = points.map(({ value }) => value).filter(Number.isFinite);
  return errors.length > 0 ? errors.reduce((sum, value) => sum + value, 0) / errors.length : Number.POSITIVE_INFINITY;
}

/**
 * The least error that a log axis shows, a power of ten below the model's own errors: exact predictors, whose errors are
 * rounding, would flatten it. What is below runs along its lower end.
 */
function leastDrawn(learners: readonly Learner[]): number {
  const own = learners.filter(({ name }) => name === '').flatMap(({ points }) => points.map(({ value }) => value));
  const positive = own.filter((value) => value > 0);
  return positive.length > 0 ? Number(`1e${Math.floor(Math.log10(Math.min(...positive))) - 1}`) : 0;
}

function chart(model: Shown, learners: readonly Learner[], size: Size, least: number): Line[] {
  const height = size.rows - learners.length - 1;
  if (height < 5) return [];
  const profiles = learners.map(({ symbol, name, points }): Profile => {
    const drawn = points.map(({ at, value }) => ({ at, value: Math.max(value, least) }));
    return { symbol, role: name === '' ? 'in_domain' : 'theory', faint: name !== '', points: drawn };
  });
  const { glyphs } = model;
  const scale = model.view.logY ? 'log' : 'linear';
  return drawProfiles({ width: size.columns, height, glyphs, scale, places: 'length', profiles });
}

/** Cells of a number, with the mark of the least behind it. */
const cell = 9;

/** A row for each learner, a column for each length that there is room for; the least error of a column is marked. */
function table(learners: readonly Learner[], all: readonly Learner[], width: number): Line[] {
  const lengths = lengthsOf(learners);
  const titleWidth = gutter + 14;
  const shown = spread(lengths, Math.max(1, Math.floor((width - titleWidth) / cell)));
  const heading = shown.map((length) => `${length} `.padStart(cell)).join('');
  return [
    [span(` ${fitText('', titleWidth - 1)}${heading}`, { fg: 'hint' })],
    ...learners.map((learner): Line => {
      const own = learner.name === '';
      return [
        span(` ${learner.symbol} `, { fg: own ? 'in_domain' : 'theory', bold: true }),
        span(fitText(learner.title, titleWidth - 3), own ? { bold: true } : { fg: 'hint' }),
        ...shown.map((length) => {
          const value = valueAt(learner, length);
          const least = isLeast(all, learner, length);
          const text = ` ${fitNumber(value, cell - 2)}${least ? '✓' : ' '}`;
          return span(text, least ? { fg: 'value', bold: true } : { fg: 'hint' });
        }),
      ];
    }),
  ];
}

/** At most `count` of the values, evenly spread, the first and the last among them. */
function spread(values: readonly number[], count: number): number[] {
  if (values.length <= count) return [...values];
  if (count === 1) return [values.at(-1)!];
  const at = (index: number) => Math.round((index * (values.length - 1)) / (count - 1));
  return Array.from({ length: count }, (_, index) => values[at(index)]!);
}
