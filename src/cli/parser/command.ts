import type { Flags, OptionName, OwnOptions } from '../options/table.ts';

/** A word that stands alone, by its place. */
export interface Argument {
  readonly kind: 'required' | 'optional' | 'many' | 'some';
  readonly describe: string;
  readonly default?: string;
}

/** What a command gets for an argument. */
type ArgumentValue<A extends Argument> = A['kind'] extends 'many' | 'some'
  ? readonly string[]
  : string | (A extends { readonly kind: 'required' } | { readonly default: string } ? never : undefined);

type Arguments = Readonly<Record<string, Argument>>;

/** What a command gets: its arguments and options by name. */
type Values<A extends Arguments, O extends OwnOptions> = { readonly [name in keyof A]: ArgumentValue<A[name]> } & Flags<
  keyof O & OptionName
>;

/** Carries out another command line; @returns its exit status */
export type Execute = (words: readonly string[]) => Promise<number>;

/** A command as data; what it does is loaded when it is run. */
export interface Command<V = Readonly<Record<string, unknown>>> {
  readonly name: string;
  /** Left out for commands that are not for people. */
  readonly describe?: string;
  readonly arguments?: Arguments;
  readonly options?: OwnOptions;
  /** Last lines of its help. */
  readonly epilogue?: string;
  /** @throws UserError for options that do not go together */
  check?(values: V): void;
  /** @returns the exit status where it is not 0 */
  run(values: V, execute: Execute): Promise<number> | Promise<void>;
}

interface Definition<A extends Arguments, O extends OwnOptions> extends Command<Values<A, O>> {
  readonly arguments?: A;
  readonly options?: O;
}

/** A command whose `check` and `run` get what its own arguments and options say. */
export function command<A extends Arguments = Record<never, never>, O extends OwnOptions = Record<never, never>>(
  definition: Definition<A, O>,
): Command {
  return definition;
}

/** Commands that share their first word. */
export interface Group {
  readonly name: string;
  readonly describe: string;
  readonly commands: readonly (Command | Group)[];
  /** First lines of its help, where they are not its name. */
  readonly intro?: readonly string[];
  /** What is done where no command is named. */
  readonly otherwise?: Command;
}

/** `train [preset]` */
export function usageOf(one: Command | Group): string {
  const words =
    'commands' in one ? [] : Object.entries(one.arguments ?? {}).map(([name, { kind }]) => brackets[kind](name));
  return [one.name, ...words].join(' ');
}

const brackets: Readonly<Record<Argument['kind'], (name: string) => string>> = {
  required: (name) => `<${name}>`,
  optional: (name) => `[${name}]`,
  some: (name) => `<${name}..>`,
  many: (name) => `[${name}..]`,
};

/** One word. */
export const required = (describe = '') => ({ kind: 'required', describe }) as const;
/** One word or none. */
export const optional = (describe = '') => ({ kind: 'optional', describe }) as const;
/** One word or more. */
export const some = (describe = '') => ({ kind: 'some', describe }) as const;
/** Any number of words. */
export const many = (describe = '') => ({ kind: 'many', describe }) as const;
