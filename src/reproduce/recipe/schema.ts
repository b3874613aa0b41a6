import { z } from 'zod';
import { change, expression } from './expression.ts';

const lists = z.record(z.string(), z.array(z.unknown()).min(1));
const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,60}$/, 'small letters, digits and -');
const text = z.string().min(1);

/** Runs that a recipe needs: a sweep as the command of that name trains it. */
const sweep = z.strictObject({
  preset: text.describe('Preset that the runs vary'),
  grid: lists.default({}).describe('Every combination of these values, by key path'),
  zip: lists.default({}).describe('Values that go together'),
  set: z.record(z.string(), z.unknown()).default({}).describe('Settings of all runs'),
  seeds: z
    .union([z.int().min(1).max(1000), z.array(z.int().min(0)).min(1)])
    .default(3)
    .describe('How many seeds, or which'),
  steps: z.int().min(1).optional().describe("Total steps; the preset's own unless said"),
  trained: z.boolean().default(true).describe('Whether anything is trained: closed forms need no run'),
});

const axis = z.strictObject({
  label: text.describe('What stands at the axis, with its unit'),
  scale: z.enum(['linear', 'log']).default('linear'),
  ticks: z.array(z.number()).optional().describe('Where numbers stand; at round ones unless said'),
  from: z.number().optional(),
  to: z.number().optional(),
});

const mark = z.strictObject({ x: z.number().optional(), y: z.number().optional(), label: text });

const frame = { title: text, x: axis, y: axis, marks: z.array(mark).default([]) };
const by = z.record(z.string(), z.array(z.unknown()).min(1)).optional();
const lineLabel = text.describe('For the legend; $value stands for the value of `by`');

const panel = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('curves'),
    ...frame,
    lines: z
      .array(
        z.strictObject({
          metric: text,
          of: z.string().optional(),
          where: z.record(z.string(), z.unknown()).default({}),
          by,
          label: lineLabel,
        }),
      )
      .min(1)
      .describe(
        'A metric along training, mean and band over seeds; `each` in `by` is how far along the axis a step goes',
      ),
  }),
  z.strictObject({
    kind: z.literal('values'),
    ...frame,
    along: lists.describe('What goes along the x axis: a setting of the runs or of their evaluation, `fraction`, `at`'),
    lines: z
      .array(z.strictObject({ quantity: expression, by, label: lineLabel }))
      .min(1)
      .describe('A quantity at each place along, mean and bars over seeds'),
  }),
  z.strictObject({
    kind: z.literal('heatmap'),
    title: text,
    rows: lists,
    columns: lists,
    quantity: expression,
    row_label: text,
    column_label: text,
  }),
]);

const claim = z.strictObject({
  id,
  anchor: text.describe('Where the paper says it: section, figure, equation'),
  statement: text.describe('What is claimed, in our words'),
  says: text.describe('The quantity in words'),
  quantity: expression,
  mean: z.enum(['arithmetic', 'geometric']).default('arithmetic').describe('Mean over seeds'),
  rule: z
    .strictObject({ above: z.number().exactOptional(), below: z.number().exactOptional(), why: text })
    .refine(({ above, below }) => above !== undefined || below !== undefined, 'above, below or both'),
  horizon: z
    .strictObject({ says: text, doubled: change.optional(), quantity: expression.optional() })
    .refine(({ doubled, quantity }) => doubled === undefined || quantity === undefined, 'doubled or quantity, not both')
    .describe('How long was trained; for a claim about a limit, where the same is read after twice as long'),
  control: z
    .strictObject({ says: text, change: change.optional(), quantity: expression.optional() })
    .refine(({ change, quantity }) => (change === undefined) !== (quantity === undefined), 'either change or quantity')
    .describe('A change under which the rule must fail'),
});

/** What one size of a recipe is once its own numbers stand in the place of their names. */
export const sizedSchema = z.strictObject({
  scale: text.describe('How large that is beside the paper'),
  seconds: z.number().positive().describe('Seconds of one core for all of it, as measured'),
  measuring: z.number().min(0).default(0).describe('How many of these are left once all runs are trained'),
  sweeps: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'small letters, digits and -'), sweep),
  panels: z.array(panel).min(1),
  claims: z.array(claim).min(1),
});

const differs = z.strictObject({
  what: text,
  by: text.describe('By how much'),
  tried: text.describe('Which settings'),
  settle: text.describe('What would settle it'),
});

const given = z.record(z.string().regex(/^[a-z]\w*$/), z.unknown());
const size = z.strictObject({
  let: given.default({}).describe('Numbers and lists of this size, by the names that $name refers to'),
  scale: z.unknown(),
  seconds: z.unknown(),
  measuring: z.unknown().optional(),
  sweeps: z.unknown(),
});

/** A recipe as its file has it, whose panels and claims both sizes share. */
export const fileSchema = z.strictObject({
  $schema: z.string().optional(),
  title: text,
  paper: text,
  figure: text,
  description: text,
  sizes: z.strictObject({ quick: size, full: size }),
  panels: z.array(z.unknown()),
  claims: z.array(z.unknown()),
  differs: z.array(differs).default([]).describe("Where our finding differs from the paper's print"),
});

export type Sized = z.infer<typeof sizedSchema>;
export type SweepSpec = Sized['sweeps'][string];
export type PanelSpec = Sized['panels'][number];
export type ClaimSpec = Sized['claims'][number];
export type Axis = z.infer<typeof axis>;
export type Size = 'quick' | 'full';
type File = z.infer<typeof fileSchema>;

/** A recipe at one size. */
export interface Recipe extends Omit<File, 'sizes' | 'panels' | 'claims' | '$schema'>, Sized {
  readonly name: string;
  readonly size: Size;
}
