/**
 * What acts on a terminal or cannot be seen: control characters (C0, DEL, C1), format characters such as turns of the
 * direction of writing and joiners, line and paragraph separators, halves of surrogate pairs, and what fonts leave blank.
 */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Text from files, plugins and other people as one line of a terminal may show it: line feeds and tabs become spaces, and
 * whatever else acts or hides becomes `�`, one cell each. All text goes through here on its way to a terminal.
 */
export function visible(text: string): string {
  return text.replace(hidden, (character) => (character === '\n' || character === '\t' ? ' ' : '\ufffd'));
}

const introducers = '\x1b\\[|\x9b';
/** What moves a cursor or changes colours: a control sequence up to the letter that ends it. */
const controlSequence = new RegExp(`(?:${introducers})[0-?]*[ -/]*[@-~]`, 'g');

/** Text that somebody hands in, as one line: its breaks are spaces, and what acts or hides is left out. */
export function oneLine(text: string): string {
  return text
    .trimEnd()
    .replace(controlSequence, '')
    .replace(/[\r\n\t\u2028\u2029]+/g, ' ')
    .replace(hidden, '');
}

/** As `visible` for messages, where it helps to know what a name holds: `\u{1b}`. */
export function spelledOut(text: string): string {
  return text
    .replace(/\s*[\n\r\u2028\u2029]\s*/g, ' ')
    .replace(hidden, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** A value as one line of JSON that does nothing to a terminal: what `hidden` finds is written as `\u202e`. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(hidden, (character) =>
    Array.from({ length: character.length }, (_, i) => {
      const unit = character.charCodeAt(i).toString(16);
      return `\\u${unit.padStart(4, '0')}`;
    }).join(''),
  );
}

/** Writes lines to a terminal, a pipe or a log, whatever their text. */
export function writeLines(stream: { write(text: string): unknown }, lines: readonly string[]): void {
  if (lines.length > 0) stream.write(lines.map((line) => `${visible(line)}\n`).join(''));
}
