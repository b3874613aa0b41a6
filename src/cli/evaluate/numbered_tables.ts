import { fitNumber } from '../../core/format.ts';
import type { MetricCatalogue } from '../../metrics/catalogue.ts';
import { isNumbered, readName } from '../../metrics/names.ts';
import type { Estimate } from '../../protocol/events.ts';

type Metrics = Readonly<Record<string, Estimate>>;

/** Columns are as wide as their names, and no less than this. */
const leastWidth = 11;

const widthOf = (predictor: string): number => Math.max(leastWidth, predictor.length) + 2;

/** Numbered metrics as tables: a line for every number, a column for the model and for every predictor without training. */
export function familyTables(known: MetricCatalogue, metrics: Metrics): string[][] {
  const members = Object.entries(metrics).flatMap(([name, { mean }]) => {
    const { predictor = 'model', family = '', index } = readName(name);
    return isNumbered(name) ? [{ family, predictor, number: Number(index), mean }] : [];
  });
  return [...new Set(members.map(({ family }) => family))].map((family) => {
    const own = members.filter((member) => member.family === family);
    const predictors = [...new Set(own.map(({ predictor }) => predictor))];
    const numbers = [...new Set(own.map(({ number }) => number))].sort((a, b) => a - b);
    const at = (number: number, predictor: string) =>
      own.find((member) => member.number === number && member.predictor === predictor)?.mean ?? null;
    const lines = numbers.map(
      (number) =>
        `${String(number).padStart(4)}${predictors.map((name) => fitNumber(at(number, name), widthOf(name))).join('')}`,
    );
    const head = `   #${predictors.map((name) => name.replaceAll('_', ' ').padStart(widthOf(name))).join('')}`;
    return [known.info(`${family}/#`)?.title ?? family, head, ...lines];
  });
}
