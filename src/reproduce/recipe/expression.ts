import { z } from 'zod';
import { parseMask } from '../../protocol/mask_edits.ts';
import { orders } from '../../pruning/names.ts';

/** Settings by key path. */
export type Settings = Readonly<Record<string, unknown>>;

/** Which run is read, and at which of its steps. */
export interface Place {
  /** A sweep of the recipe; its first one unless said. */
  readonly of?: string;
  /** What tells the run apart in its sweep, besides the seed. */
  readonly where?: Settings;
  readonly at?: 'first' | 'last' | number;
}

/** What is read from one run. */
export type Leaf = Place &
  (
    | { readonly metric: string; readonly share?: number }
    /** `mask`: what is done to its parts, as in `-L0H0,L1H0=match`. */
    | { readonly eval: string; readonly set?: Settings; readonly mask?: string }
    | {
        readonly pruned: string;
        readonly order: (typeof orders)[number];
        readonly fraction: number;
        readonly repeats?: number;
        readonly set?: Settings;
      }
    | { readonly steps_until: string; readonly below: number; readonly points?: number }
    | { readonly theory: string }
    /** The step of the first snapshot that was saved for a reason, such as `jump`. */
    | { readonly saved: string }
  );

/**
 * Values of one setting, or several of them together, place by place. The key `#` stands for the number or part in the name of
 * what is read.
 */
export type Along = Readonly<Record<string, readonly unknown[]>>;

/** A number for every seed. */
export type Expression =
  | number
  | Leaf
  | { readonly ratio: readonly [Expression, Expression] }
  | { readonly difference: readonly [Expression, Expression] }
  | { readonly absolute: Expression }
  | { readonly log10: Expression }
  | { readonly greatest: Expression | readonly Expression[]; readonly over?: Along }
  | { readonly least: Expression | readonly Expression[]; readonly over?: Along }
  | { readonly mean: Expression | readonly Expression[]; readonly over?: Along }
  /** Where along a setting of numbers it first comes below a level, on the straight line from the place before. */
  | { readonly crossing: Expression; readonly over: Along; readonly below: number }
  | { readonly slope: Expression; readonly over: Along };

const settings = z.record(z.string(), z.unknown());
const along = z.record(z.string(), z.array(z.unknown()).min(1));
const place = {
  of: z.string().exactOptional(),
  where: settings.exactOptional(),
  at: z.union([z.enum(['first', 'last']), z.int().min(0)]).exactOptional(),
};

const mask = z.string().refine(isMask, 'parts such as -L0H3 or L1H0=match, separated by commas').exactOptional();

function isMask(text: string): boolean {
  try {
    return parseMask(text).length > 0;
  } catch {
    return false;
  }
}

const inner: z.ZodType<Expression> = z.lazy(() => expression);
const pair = z.tuple([inner, inner]);
const some = { over: along.exactOptional() };
const many = z.union([z.array(inner).min(1), inner]);

/** By the key that says what it is. */
const forms = {
  metric: z.strictObject({ metric: z.string(), share: z.number().gt(0).lt(1).exactOptional(), ...place }),
  eval: z.strictObject({ eval: z.string(), set: settings.exactOptional(), mask, ...place }),
  pruned: z.strictObject({
    pruned: z.string(),
    order: z.enum(orders),
    fraction: z.number().min(0).max(1),
    repeats: z.int().min(1).max(100).exactOptional(),
    set: settings.exactOptional(),
    ...place,
  }),
  steps_until: z.strictObject({
    steps_until: z.string(),
    below: z.number(),
    points: z.int().min(1).exactOptional(),
    ...place,
  }),
  theory: z.strictObject({ theory: z.string(), ...place }),
  saved: z.strictObject({ saved: z.string(), ...place }),
  ratio: z.strictObject({ ratio: pair }),
  difference: z.strictObject({ difference: pair }),
  absolute: z.strictObject({ absolute: inner }),
  log10: z.strictObject({ log10: inner }),
  greatest: z.strictObject({ greatest: many, ...some }),
  least: z.strictObject({ least: many, ...some }),
  mean: z.strictObject({ mean: many, ...some }),
  crossing: z.strictObject({ crossing: inner, over: along, below: z.number() }),
  slope: z.strictObject({ slope: inner, over: along }),
} as const;

const names = Object.keys(forms) as (keyof typeof forms)[];

/** A number, or an object of one of the forms, so that what is wrong is told of the form that was meant. */
export const expression: z.ZodType<Expression> = z.unknown().transform((value, context): Expression => {
  if (typeof value === 'number') return value;
  const isObject = typeof value === 'object' && value !== null;
  const name = isObject ? names.find((one) => one in value) : undefined;
  if (!name) {
    context.addIssue({ code: 'custom', message: `a number, or an object with one of ${names.join(', ')}` });
    return z.NEVER;
  }
  const parsed = forms[name].safeParse(value);
  if (parsed.success) return parsed.data as Expression;
  const [issue] = parsed.error.issues;
  if (issue!.code !== 'unrecognized_keys')
    context.issues.push({ ...issue!, path: [...issue!.path], input: value } as never);
  else {
    const message = `none of that name here, but ${Object.keys(forms[name].shape).join(', ')}`;
    context.issues.push({ code: 'custom', path: [...issue!.path, issue!.keys[0]!], message, input: value });
  }
  return z.NEVER;
}) as unknown as z.ZodType<Expression>;

/** Whether an expression is read from a run rather than computed from others. */
export function isLeaf(one: Expression): one is Leaf {
  return typeof one === 'object' && names.slice(0, 6).some((name) => name in one);
}

/** The same expression with every leaf changed. */
export function withLeaves(one: Expression, change: (leaf: Leaf) => Leaf): Expression {
  if (typeof one === 'number') return one;
  if (isLeaf(one)) return change(one);
  const parts = Object.entries(one) as [string, Expression | readonly Expression[]][];
  const turned = parts.map(([key, value]) => {
    if (key === 'over') return [key, value];
    const isList = Array.isArray(value);
    return [key, isList ? value.map((part) => withLeaves(part, change)) : withLeaves(value as Expression, change)];
  });
  return Object.fromEntries(turned) as Expression;
}

/** Every leaf of an expression, with what an `over` above it goes through left out. */
export function leavesOf(one: Expression): Leaf[] {
  const found: Leaf[] = [];
  withLeaves(one, (leaf) => {
    found.push(leaf);
    return leaf;
  });
  return found;
}

/** What a control changes in every leaf. */
export type Change = Place & {
  readonly set?: Settings;
  readonly mask?: string;
  readonly order?: (typeof orders)[number];
};

export const change: z.ZodType<Change> = z.strictObject({
  ...place,
  set: settings.exactOptional(),
  mask,
  order: z.enum(orders).exactOptional(),
}) as z.ZodType<Change>;

/** A leaf with some of it changed; settings come on top of those that it has. */
export function changed(leaf: Leaf, { where, set, ...others }: Change): Leaf {
  const merged = { ...leaf, ...others } as Leaf & { set?: Settings };
  return {
    ...merged,
    ...(where && { where: { ...leaf.where, ...where } }),
    ...(set && { set: { ...merged.set, ...set } }),
  } as Leaf;
}

/** Keys of a leaf that values of an `over` can be given to, besides settings. */
const own = ['at', 'fraction', 'order', 'below'];

/**
 * A leaf at one place along some settings: those that its sweep varies say which run, others how it is evaluated.
 * @param varies whether a sweep varies a path
 */
export function placed(leaf: Leaf, values: Settings, varies: (of: string | undefined, path: string) => boolean): Leaf {
  const [fields, where, set]: Record<string, unknown>[] = [{}, {}, {}];
  const { '#': entry, ...settings } = values;
  for (const [path, value] of Object.entries(settings)) {
    const part = own.includes(path) ? fields : varies(leaf.of, path) ? where : set;
    part![path] = value;
  }
  const isSet = Object.keys(set!).length > 0;
  const named = entry === undefined ? leaf : withEntry(leaf, String(entry));
  return changed({ ...named, ...fields } as Leaf, { where: where!, ...(isSet && { set: set! }) });
}

/** The leaf of one number or part: its name with that for `#`. */
function withEntry(leaf: Leaf, entry: string): Leaf {
  const parts = Object.entries(leaf).map(([key, value]) =>
    names.includes(key as keyof typeof forms) ? [key, String(value).replace('#', entry)] : [key, value],
  );
  return Object.fromEntries(parts) as Leaf;
}

/** The places along some settings, one after the other. */
export function placesAlong(over: Along): Settings[] {
  const [first] = Object.values(over);
  return (first ?? []).map((_, i) =>
    Object.fromEntries(Object.entries(over).map(([path, values]) => [path, values[i]])),
  );
}
