import { type HostTensor, sizeOf } from '../../core/tensor.ts';
import { enteredAt, entering, PluginFault } from './fault.ts';
import { guarded } from './guard.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a plugin gives has no type yet
type Function = (...values: any[]) => any;

/** What a function does, and how its results are looked at. */
interface Use {
  /** As a noun, for messages. */
  readonly doing: string | ((values: readonly unknown[]) => string);
  /** Refuses results of the wrong form, or gives others in their place. */
  readonly take?: (result: unknown, values: readonly unknown[]) => unknown;
  readonly takesSettings?: boolean;
  /** What takes back the traces that a call leaves, called before it; false where it cannot be made again. */
  readonly again?: false | ((values: readonly unknown[]) => () => void);
}

/**
 * Something that a plugin gave, an object of some known form. Members are taken from it one by one: those of the wrong form
 * are refused in one line that names the file, and functions become guarded ones.
 */
export class Given {
  readonly file: string;
  /** What it is, e.g. `the task's training`. */
  readonly name: string;
  readonly #members: Readonly<Record<string, unknown>>;

  constructor(file: string, name: string, value: unknown) {
    this.file = file;
    this.name = name;
    if (typeof value !== 'object' || value === null) this.refuse('', kindOf(value), 'an object');
    this.#members = value as Readonly<Record<string, unknown>>;
  }

  refuse(member: string, what: string, expected: string): never {
    const whole = member === '' ? this.name : `${this.name}.${member}`;
    throw new PluginFault({ where: enteredAt(this.file), what: `${whole} is ${what}`, expected });
  }

  /** The object itself. */
  get whole(): object {
    return this.#members;
  }

  has(member: string): boolean {
    return this.#members[member] !== undefined;
  }

  any(member: string): unknown {
    return this.#members[member];
  }

  part(member: string): Given {
    return new Given(this.file, `${this.name}.${member}`, this.#members[member]);
  }

  /** A member that passes a test. */
  value<T>(member: string, expected: string, isRight: (value: unknown) => boolean): T {
    const value = this.#members[member];
    return isRight(value) ? (value as T) : this.refuse(member, kindOf(value), expected);
  }

  number(member: string, least = Number.NEGATIVE_INFINITY): number {
    const expected = Number.isFinite(least) ? `a finite number from ${least} on` : 'a finite number';
    return this.value(member, expected, (value) => Number.isFinite(value) && (value as number) >= least);
  }

  /** Every entry, as `take` takes it. */
  entries<T>(take: (name: string) => T): Record<string, T> {
    return Object.fromEntries(Object.keys(this.#members).map((name) => [name, take(name)]));
  }

  /** Entries of a record, each looked at by `take`. */
  record<T>(member: string, take: (entry: Given, name: string) => T): Record<string, T> {
    const part = this.part(member);
    return part.entries((name) => take(part, name));
  }

  /** Tensors by name; those that an engine is fed hold finite numbers. */
  tensors(member: string, fed = false): Record<string, HostTensor> {
    return this.record(member, (part, name) => {
      const tensor = part.value<HostTensor>(name, 'a tensor, as hostTensor makes them', isTensor);
      const bad = fed ? firstBad(tensor.data) : -1;
      return bad < 0 ? tensor : part.refuse(`${name}.data[${bad}]`, String(tensor.data[bad]), 'a finite number');
    });
  }

  /** A guarded function. */
  function<F extends Function>(member: string, use: Use): F {
    const work = this.value<Function>(member, 'a function', (value) => typeof value === 'function');
    const owner = this.#members;
    const { doing, take, takesSettings, again } = use;
    const call = (...values: unknown[]): unknown =>
      guarded(
        {
          file: this.file,
          doing: typeof doing === 'string' ? doing : doing(values),
          ...(takesSettings && { takesSettings }),
          ...(again !== false && { again: again?.(values) ?? (() => undefined) }),
        },
        () => {
          entering(work);
          const result = work.apply(owner, values);
          return take ? take(result, values) : result;
        },
      );
    return call as F;
  }
}

/** What a value is, for messages. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 40))}`;
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Promise) return 'a promise';
  return ArrayBuffer.isView(value)
    ? `a ${value.constructor.name}`
    : `a${typeof value === 'object' ? 'n object' : ` ${typeof value}`}`;
}

export const isNumbers = (value: unknown): value is Float32Array | Float64Array =>
  value instanceof Float32Array || value instanceof Float64Array;

function isTensor(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { shape, data } = value as HostTensor;
  return Array.isArray(shape) && isNumbers(data) && sizeOf(shape) === data.length;
}

/** Position of the first number that is not finite as a float32; −1 when all are. */
export function firstBad(data: ArrayLike<number>): number {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(Math.fround(data[i]!))) return i;
  return -1;
}
