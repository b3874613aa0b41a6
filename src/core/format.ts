const nothing = '–';

/** Three significant digits by default: `0.00213`, `21.3`, `12 480`, `2.13e-5`; `–` for what is not a number. */
export function significant(value: number | null, digits = 3): string {
  if (value === null || !Number.isFinite(value)) return nothing;
  if (value === 0) return '0';
  const exponent = exponentOf(value, digits);
  if (exponent >= 3 && exponent < 6) return thousands(value);
  if (exponent < -3 || exponent >= 6) return scientific(value, digits);
  return value.toFixed(Math.max(0, digits - 1 - exponent));
}

/** A number in exactly `width` cells, right-aligned, with as many of three significant digits as fit; `#` when none does. */
export function fitNumber(value: number | null, width: number): string {
  if (value === null || !Number.isFinite(value)) return nothing.padStart(width);
  for (let digits = 3; digits >= 1; digits--) {
    const text = [significant(value, digits), scientific(value, digits)].find((form) => form.length <= width);
    if (text !== undefined) return text.padStart(width);
  }
  return '#'.repeat(width);
}

/** A factor near 1 by its distance from 1, which three digits of the factor would hide: `1 − 2.05e-7`. */
export function factorNearOne(factor: number | null): string {
  if (factor === null || !Number.isFinite(factor)) return nothing;
  if (factor === 1) return '1';
  return `1 ${factor < 1 ? '−' : '+'} ${significant(Math.abs(1 - factor))}`;
}

/** A ratio from which it tells only how close to nothing the value before was. */
const mostTimes = 1000;

/** How a value differs from the one before: `×82.3`, `+1.3 %`; where a ratio tells nothing, the plain difference. */
export function changeText(before: number, after: number): string {
  if (!Number.isFinite(before) || !Number.isFinite(after)) return nothing;
  const ratio = after / before;
  if (!(before > 0) || after < 0 || ratio >= mostTimes) return signed(after - before);
  return ratio >= 2 || ratio <= 0.5 ? `×${significant(ratio)}` : `${signed(100 * (ratio - 1), 2)} %`;
}

/** With its sign, also where it is positive. */
export function signed(value: number, digits?: number): string {
  return `${value < 0 ? '−' : '+'}${significant(Math.abs(value), digits)}`;
}

/** `1 head`, `8 heads`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A whole number in groups of three: `12 480`; fractions are rounded. */
export function thousands(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return nothing;
  if (Math.abs(value) >= 1e15) return scientific(value, 3);
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** A label of a logarithmic axis: `10⁻²`. */
export function powerOfTen(exponent: number): string {
  return `10${[...String(exponent)].map((sign) => (sign === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(sign)])).join('')}`;
}

/** A stretch of time in at most 7 cells (below 100 days): `42 ms`, `3.1 s`, `12 s`, `3m 05s`, `2h 07m`, `3d 04h`. */
export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return nothing;
  if (seconds < 0.9995) return `${Math.round(1000 * seconds)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (count: number) => String(Math.floor(count)).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h ${two((whole % 3600) / 60)}m`;
  return `${Math.floor(whole / 86_400)}d ${two((whole % 86_400) / 3600)}h`;
}

/** How long ago something was dated, in at most 11 cells. Of a clock that was set back since, dates lie ahead. */
export function ageText(seconds: number): string {
  if (seconds < -1) return 'dated ahead';
  return Number.isFinite(seconds) ? `${duration(Math.max(0, seconds))} ago` : nothing;
}

/** A count in at most 5 cells: `987`, `12.5k`, `3.20M`. */
export function siCount(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return nothing;
  const { number, prefix } = withPrefix(value);
  return `${number}${prefix}`;
}

/** Bytes in at most 7 cells: `987 B`, `11.0 kB`. */
export function byteSize(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return nothing;
  const { number, prefix } = withPrefix(bytes);
  return `${number} ${prefix}B`;
}

/** Bytes a second in at most 9 cells: `987 B/s`, `11.0 kB/s`. */
export function byteRate(bytesPerSecond: number | null): string {
  if (bytesPerSecond === null || !Number.isFinite(bytesPerSecond)) return nothing;
  return `${byteSize(bytesPerSecond)}/s`;
}

function withPrefix(value: number): { number: string; prefix: string } {
  const prefixes = ['', 'k', 'M', 'G', 'T', 'P'];
  let scaled = value;
  let step = 0;
  while (Math.abs(Number(scaled.toPrecision(3))) >= 1000 && step < prefixes.length - 1) {
    scaled /= 1000;
    step++;
  }
  return { number: step === 0 ? String(Math.round(scaled)) : significant(scaled), prefix: prefixes[step]! };
}

function scientific(value: number, digits: number): string {
  return value.toExponential(digits - 1).replace('e+', 'e');
}

/** The exponent after rounding to `digits` digits, so that 999.9 counts as 1000. */
function exponentOf(value: number, digits: number): number {
  return Number(value.toExponential(digits - 1).split('e')[1]);
}

/** Longest word that a message quotes in full. */
const longestWord = 60;

/** A word short enough for a message. */
export function shortened(word: string): string {
  return word.length > longestWord ? `${word.slice(0, longestWord)}…` : word;
}
