import { visibleJson } from '../core/visible.ts';

/** A header nests an object (all), objects (tensors) and lists (shapes): 3 deep. */
const deepest = 3;

/** Most keys in one object; a run has thousands of tensors at most. */
const mostKeys = 100_000;

/**
 * The JSON object that `bytes` hold, refusing what `JSON.parse` lets pass or would spend much memory on: keys that stand
 * twice, wrong UTF-8, deep nesting.
 * @throws what `complaint` makes of the problem
 */
export function parseStrictJson(bytes: Uint8Array, complaint: (what: string) => Error): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw complaint('its header is not UTF-8');
  }
  if (!text.startsWith('{')) throw complaint('its header does not begin with {');
  const problem = scan(text);
  if (problem) throw complaint(problem);
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw complaint('its header is not valid JSON');
  }
}

/** A value from an untrusted file, fit for one line of a terminal. */
export function quote(value: unknown): string {
  const text = visibleJson(value);
  return text.length <= 80 ? text : `${text.slice(0, 76)} ...`;
}

/** The first duplicate key or excess of `text`; whether it is JSON at all is left to the parser. */
function scan(text: string): string | undefined {
  /** Keys seen in each object that is open; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{' || character === '[') {
      if (open.length === deepest) return `its header nests more than ${deepest} deep`;
      open.push(character === '{' ? new Set() : undefined);
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === '"') {
      const end = closingQuote(text, at);
      const keys = open.at(-1);
      if (keys && followedByColon(text, end)) {
        const key = unescaped(text.slice(at, end + 1));
        if (keys.has(key)) return `its header has ${quote(key)} twice`;
        if (keys.size === mostKeys) return `its header has more than ${mostKeys} keys`;
        keys.add(key);
      }
      at = end;
    }
  }
  return undefined;
}

/** Position of the quote that ends the string begun at `start`, or the end of the text. */
function closingQuote(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '"') return at;
    if (text[at] === '\\') at++;
  }
  return text.length;
}

function followedByColon(text: string, end: number): boolean {
  let next = end + 1;
  while (next < text.length && ' \t\n\r'.includes(text[next]!)) next++;
  return text[next] === ':';
}

function unescaped(literal: string): string {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal;
  }
}
