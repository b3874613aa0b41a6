/** On or off: `--name`, `--no-name`. */
interface Switch {
  readonly kind: 'switch';
  readonly describe: string;
  readonly default?: boolean;
}

/** One word. */
interface Text {
  readonly kind: 'text';
  readonly describe: string;
  /** A value as a person would give it; messages show it. */
  readonly example: string;
  readonly default?: string;
}

interface Numeric {
  readonly kind: 'number';
  readonly describe: string;
  readonly example: string;
  readonly default?: number;
}

/** One word each time that it is given. */
interface List {
  readonly kind: 'list';
  readonly describe: string;
  readonly example: string;
  readonly default?: readonly string[];
}

interface Choice {
  readonly kind: 'choice';
  readonly describe: string;
  readonly choices: readonly string[];
  readonly required?: true;
  readonly default?: string;
}

export type Option = Switch | Text | Numeric | List | Choice;

/** What a command gets for an option. */
export type OptionValue<O extends Option> = O extends Switch
  ? boolean
  : O extends List
    ? readonly string[]
    : (O extends Choice ? O['choices'][number] : O extends Numeric ? number : string) | Absent<O>;

/** What stands for an option that was not given. */
type Absent<O> = O extends { readonly default: unknown } | { readonly required: true } ? never : undefined;
