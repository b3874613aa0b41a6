import { z } from 'zod';

const text = (description: string) => z.string().min(1).max(200).describe(description);
const flag = (description: string) => z.literal(true).exactOptional().describe(description);

const fact = z
  .object({
    panel: text('Id of the panel; `run` unless given').exactOptional(),
    row: text('Facts of one row stand in one line, under this word'),
    label: text('What stands before the value'),
    none: text('In place of the value 0').exactOptional(),
    some: text('In place of others, with # for the value and {rows} for the rows of a pattern').exactOptional(),
    pending: text('In place of the row while the value is null, as it takes long to compute').exactOptional(),
  })
  .readonly();

const metric = z
  .object({
    name: z
      .string()
      .max(100)
      .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*(\/#)?$/, 'a name in snake_case, with /# for one at every index')
      .describe('As in journals, snapshots and JSON; `family/#` for one at every index, with # for it in the texts'),
    title: text('In tables'),
    short: text('In legends and narrow columns').max(40),
    unit: text('After a value; none unless given').exactOptional(),
    better: z.enum(['lower', 'higher', 'none']).describe('Which values are better'),
    role: z
      .enum(['training', 'in_domain', 'out_of_domain', 'theory', 'mechanism', 'other'])
      .describe('Where it is shown, and its colour; mechanism is how the model does it rather than how well'),
    headline: flag('Runs are judged by it, the first of several that a run has; lower must be better'),
    limit: text('Name of the value of theory that it comes to').exactOptional(),
    summary: flag('Of values of theory: told at the end of a run without a screen'),
    swept: flag('Of values of theory: drawn against a setting, the first that changes with it'),
    phase: flag('A share such as an accuracy: where it crosses a half, the run enters another phase, which is saved'),
    along: z
      .literal('examples')
      .exactOptional()
      .describe('Of a family: # is a number of examples, along which it is drawn'),
    fact: fact.exactOptional().describe('How a panel says it in words: { row, label }'),
  })
  .readonly();

const curve = z
  .object({
    role: z.enum(['training', 'in_domain', 'out_of_domain', 'value']).describe('Its colour'),
    names: z.array(z.string()).min(1).readonly().describe('Metrics that can stand for it, best first'),
    label: text('In the legend; the short name of the metric unless given').exactOptional(),
  })
  .readonly();

const level = z
  .object({
    label: text('In the legend'),
    value: text('Name of a value of theory; none for the decay that is fitted to the first curve').exactOptional(),
    above: text('Name of the value that it is measured from; nothing is drawn where both are the same').exactOptional(),
    factor: text('Name of the factor by which it shrinks in a step').exactOptional(),
  })
  .readonly();

const chart = z
  .object({
    name: z
      .string()
      .max(40)
      .regex(/^[a-z][a-z0-9_]*$/, 'a name in snake_case')
      .describe('`loss` is there for every run; one of a name that is there adds to it'),
    title: text('Above it'),
    curves: z.array(curve).readonly().describe('One a colour: { role, names }; a run that lacks one has no such chart'),
    phases: flag('Its curves are distances: where another is the least, the run enters another phase, which is saved'),
    levels: z.array(level).readonly().exactOptional().describe('What they are held against: { label, value }'),
  })
  .readonly();

/** What a task or a model says of its numbers. */
export const measuresSchema = z
  .object({
    metrics: z.array(metric).readonly(),
    charts: z.array(chart).readonly().exactOptional(),
    predictors: z
      .record(z.string(), text('Title'))
      .readonly()
      .exactOptional()
      .describe('Titles of predictors without training, by the name in `baseline/<predictor>/<metric>`'),
    terms: z
      .record(z.string(), text('Meaning'))
      .readonly()
      .exactOptional()
      .describe('What symbols and words stand for that titles, legends and facts have'),
  })
  .readonly();

/** What an event says of its run's numbers, where it does so in a way that is known here. */
export function measuresIn(event: { readonly measures?: unknown }): Measures | undefined {
  return measuresSchema.safeParse(event.measures).data;
}

export type Measures = z.infer<typeof measuresSchema>;
export type Metric = z.infer<typeof metric>;
export type Fact = z.infer<typeof fact>;
export type Chart = z.infer<typeof chart>;

/** The keys of a metric and of a chart, described. */
export const measureKeys = { metrics: metric.unwrap().shape, charts: chart.unwrap().shape };
