import type { RunEvent } from '../protocol/events.ts';

type MetricsEvent = Extract<RunEvent, { type: 'metrics' }>;
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A name as it stood in the line before: `"loss":` in bytes, and `loss`. */
interface KnownName {
  readonly bytes: Buffer;
  readonly name: string;
}

const before = {
  seq: Buffer.from('{"v":1,"seq":'),
  time: Buffer.from(',"time":"'),
  step: Buffer.from('","type":"metrics","step":'),
  values: Buffer.from(',"values":{'),
  min: Buffer.from(',"min":{'),
  max: Buffer.from(',"max":{'),
  count: Buffer.from(',"count":'),
  end: Buffer.from('}\n'),
};
const [zero, nine, minus, plus, point, comma, quote, colon, backslash, close] = Buffer.from('09-+.,":\\}');
const [lowerE, upperE, space, tilde] = Buffer.from('eE ~');

/** 10^k is a double for these k, so that a quotient by it is rounded once: the double nearest to the decimal. */
const powers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const exactBelow = 2 ** 53;

/**
 * Reads lines of metrics, which are almost all of a long journal, exactly as JSON.parse does but faster: as bytes, against
 * the form in which they are written and the names in the line before. Any other line, however slightly other, is not
 * read, and is for JSON.parse to judge.
 */
export class MetricsLines {
  #bytes: Uint8Array = new Uint8Array();
  /** The bytes, one character each. */
  #text = '';
  #at = 0;
  readonly #values: KnownName[] = [];
  readonly #min: KnownName[] = [];
  readonly #max: KnownName[] = [];

  /** Takes the next bytes, which end with a newline. */
  setBytes(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#text = bytes.toString('latin1');
  }

  /** Where the line after the one that was read begins. */
  get end(): number {
    return this.#at;
  }

  /** The event of the line that begins at `start`; undefined when it has another form. */
  read(start: number): MetricsEvent | undefined {
    this.#at = start;
    if (!this.#take(before.seq)) return undefined;
    const seq = this.#count();
    if (seq === undefined || !this.#take(before.time)) return undefined;
    const time = this.#plainText();
    if (time === undefined || !this.#take(before.step)) return undefined;
    const step = this.#count();
    if (step === undefined || !this.#take(before.values)) return undefined;
    const values = this.#numbers(this.#values);
    if (!values) return undefined;
    const event: Mutable<MetricsEvent> = { v: 1, seq, time, type: 'metrics', step, values };
    return this.#takeRest(event) && this.#take(before.end) ? event : undefined;
  }

  /** Extremes and their number, where the line stands for several steps. */
  #takeRest(event: Mutable<MetricsEvent>): boolean {
    if (this.#take(before.min)) {
      const min = this.#numbers(this.#min);
      if (!min) return false;
      event.min = min;
    }
    if (this.#take(before.max)) {
      const max = this.#numbers(this.#max);
      if (!max) return false;
      event.max = max;
    }
    if (this.#take(before.count)) {
      const count = this.#count();
      if (count === undefined) return false;
      event.count = count;
    }
    return true;
  }

  /** Goes past a word if it comes next. */
  #take(word: Uint8Array): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
    this.#at = at + word.length;
    return true;
  }

  /** A whole number of at most 15 digits. */
  #count(): number | undefined {
    const start = this.#at;
    let value = 0;
    let digit = this.#bytes[this.#at]!;
    for (; digit >= zero! && digit <= nine!; digit = this.#bytes[++this.#at]!) value = 10 * value + digit - zero!;
    const length = this.#at - start;
    return length === 0 || length > 15 || (length > 1 && this.#bytes[start] === zero) ? undefined : value;
  }

  /** Printable characters up to a quote, which stays. */
  #plainText(): string | undefined {
    const start = this.#at;
    let byte = this.#bytes[start]!;
    for (; byte !== quote; byte = this.#bytes[++this.#at]!) {
      if (!(byte >= space! && byte <= tilde!) || byte === backslash) return undefined;
    }
    return this.#text.slice(start, this.#at);
  }

  /** Names and numbers up to a closing brace. */
  #numbers(known: KnownName[]): Record<string, number> | undefined {
    const values: Record<string, number> = {};
    for (let i = 0; ; i++) {
      if (!(known[i] && this.#take(known[i]!.bytes)) && !this.#learn(known, i)) return undefined;
      const value = this.#number();
      if (value === undefined) return undefined;
      values[known[i]!.name] = value;
      const next = this.#bytes[this.#at++];
      if (next === close) return values;
      if (next !== comma) return undefined;
    }
  }

  /** Goes past a name that the line before did not have there. */
  #learn(known: KnownName[], index: number): boolean {
    const start = this.#at++;
    const name = this.#bytes[start] === quote ? this.#plainText() : undefined;
    if (name === undefined || name === '__proto__' || this.#bytes[++this.#at] !== colon) return false;
    known[index] = { bytes: Buffer.from(`"${name}":`), name };
    this.#at++;
    return true;
  }

  /** A number as JSON writes it. */
  #number(): number | undefined {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = bytes[start] === minus ? start + 1 : start;
    const first = at;
    let mantissa = 0;
    let byte = bytes[at]!;
    for (; byte >= zero! && byte <= nine!; byte = bytes[++at]!) mantissa = 10 * mantissa + byte - zero!;
    if (at === first || (bytes[first] === zero && at > first + 1)) return undefined;
    let decimals = 0;
    if (byte === point) {
      const dot = at;
      byte = bytes[++at]!;
      for (; byte >= zero! && byte <= nine!; byte = bytes[++at]!) mantissa = 10 * mantissa + byte - zero!;
      decimals = at - dot - 1;
      if (decimals === 0) return undefined;
    }
    this.#at = at;
    if (byte === lowerE || byte === upperE) {
      if (!this.#takeExponent()) return undefined;
    } else if (mantissa < exactBelow && decimals < powers.length) {
      const value = mantissa / powers[decimals]!;
      return first > start ? -value : value;
    }
    return Number(this.#text.slice(start, this.#at));
  }

  #takeExponent(): boolean {
    const bytes = this.#bytes;
    const sign = bytes[++this.#at];
    if (sign === plus || sign === minus) this.#at++;
    const first = this.#at;
    while (bytes[this.#at]! >= zero! && bytes[this.#at]! <= nine!) this.#at++;
    return this.#at > first;
  }
}
