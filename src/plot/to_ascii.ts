import { visible } from '../core/visible.ts';
import { type Line, textWidth } from './text.ts';

/** The same rows in symbols that every terminal has, cell for cell: `10⁻²` becomes `1e-2`, `╭` becomes `+`. */
export function toAscii(lines: readonly Line[]): Line[] {
  return lines.map((line) => line.map((part) => ({ ...part, text: asciiText(part.text) })));
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** Each symbol that the screen draws with, and what stands for it. Heights of bars are told by where the ink lies. */
const plainSymbols = new Map(
  [
    ['╭╮╰╯┌┐└┘├┤┬┴┼', '+++++++++++++'],
    ['│‖┃┆┊─━┄┈╌–—−·•…', '|=|::-=------.*~'],
    ['▁▂▃▄▅▆▇█▏▎▍▌▋▊▉░▒▓▀', '_.,-=^"#||--==#:=*"'],
    ['Â≡²╺★▰▱', 'A=2*@#-'],
    ['●◆▲■○◇△□▸▶◂▴▾∥’√', "*o+#oo^#>><^v|'V"],
    ['₀₁₂₃₄₅₆₇₈₉', '0123456789'],
    ['⠄⠤⠠', '---'],
    ['┏┗┣┫━', '####-'],
    ['←→↑↓↵✕✗✓×±≤≥≈′″∞', '<>^v xxVx~<>~\'"8'],
    ['αβγδεζηθκλμνπρστφχψωΔΣ', 'abgdezhtklmnprstfxyoDS'],
  ].flatMap(([from, to]) => [...from!].map((symbol, index) => [symbol, to![index]!] as const)),
);

/** What would be misread symbol by symbol: `σ` as seconds, `±` as plus, `·` as the end of a sentence, arrows as letters. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [/query ↓ attends to key →/g, 'query rows, key columns '],
  [/≤ /g, '<='],
  [/≥ /g, '>='],
  [/ ± /g, ' +-'],
  [/ ±/g, '+-'],
  [/(?<=\d)σ/g, 'z'],
  [/ · /g, ' | '],
  [/└ $/, '`-'],
  // The words say it; of the best, they say what the mark in tables means.
  [/^( *)[✓‖▶] (?!sign|best)(\p{L}.*)$/u, '$1$2  '],
  [/\u00a0/g, ' '],
];

/** Arrow keys, named alone: `<` and `>` are other keys, while these letters do what the arrows do. */
const arrowKeys = new Map([
  ['← →', 'h l'],
  ['↑ ↓', 'k j'],
  ['← ↓ ↑ →', 'h j k l'],
]);

function asciiText(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const named = arrowKeys.get(text.trim());
  if (named !== undefined) return text.replace(text.trim(), named);
  const powers = text.replace(/10(⁻?[⁰¹²³⁴-⁹]+)/g, (_, exponent: string) => `1e${digits(exponent)}`);
  const said = phrases.reduce((before, [phrase, plain]) => before.replace(phrase, plain), visible(powers));
  return [...said]
    .map((symbol) => (symbol <= '~' ? symbol : (plainSymbols.get(symbol) ?? '?'.repeat(textWidth(symbol)))))
    .join('');
}

function digits(exponent: string): string {
  return [...exponent].map((symbol) => (symbol === '⁻' ? '-' : String(superscripts.indexOf(symbol)))).join('');
}
