import { systemClock } from '../../core/clock.ts';

/** Symbols of a pasted text that are looked at: no field takes as many. */
const longestPaste = 10_000;

const esc = '\x1b';
const begins = '\x1b[200~';
const ends = '\x1b[201~';
const interrupt = '\x03';

/** Keys in one read above which they were not typed, unless it is one key that was held down. */
const mostTyped = 32;
/** What comes so soon after such a read belongs to it, in milliseconds: terminals hand text on in pieces. */
const together = 100;

/** A stretch of what a terminal sends. */
export type Piece = { readonly keys: string } | { readonly paste: string };

/**
 * Tells pasted text from keys in what a terminal sends: text between the marks of a bracketed paste, and, from terminals
 * without these, more at once than anyone types. Shorter text without marks cannot be told from keys.
 */
export class Pastes {
  /** Of the paste that has begun and not ended. */
  #text: string | undefined;
  /** The end of what was read that may be the first part of a mark. */
  #rest = '';
  /** Whether that begins with an escape character that was a key already, and since when. */
  #isEscapeTold = false;
  #escapedAt = Number.NEGATIVE_INFINITY;
  #burstAt = Number.NEGATIVE_INFINITY;

  /** Keys and pastes in what was read, in their order; of a long paste only the beginning. */
  piecesOf(read: string): Piece[] {
    // The way out where the end of a paste never comes.
    if (this.#text !== undefined && read === interrupt) return [...this.#ended(), { keys: read }];
    const pieces: Piece[] = [];
    let left = this.#takeRest() + read;
    while (left !== '') {
      const mark = this.#text === undefined ? begins : ends;
      const at = left.indexOf(mark);
      const before = left.slice(0, at === -1 ? left.length - begun(left, mark) : at);
      if (this.#text === undefined) pieces.push(...this.#typed(this.#untold(before)));
      else if (this.#text.length < longestPaste) this.#text += before.slice(0, longestPaste);
      if (at === -1) {
        this.#keepRest(left.slice(before.length), before);
        break;
      }
      left = left.slice(at + mark.length);
      this.#isEscapeTold = false;
      if (this.#text === undefined) this.#text = '';
      else pieces.push(...this.#ended());
    }
    return pieces;
  }

  #takeRest(): string {
    const isLate = this.#isEscapeTold && systemClock.now() - this.#escapedAt > together;
    const rest = isLate ? this.#rest.slice(esc.length) : this.#rest;
    if (isLate) this.#isEscapeTold = false;
    this.#rest = '';
    return rest;
  }

  /** @param before what was handed on before it */
  #keepRest(rest: string, before: string): void {
    this.#rest = rest;
    if (this.#text !== undefined || !before.endsWith(esc)) return;
    // A read may end within a mark, be it after its first character, which is a key as well and cannot wait.
    this.#rest = esc;
    this.#isEscapeTold = true;
    this.#escapedAt = systemClock.now();
  }

  /** Without the escape character that was a key already. */
  #untold(keys: string): string {
    if (!this.#isEscapeTold || keys === '') return keys;
    this.#isEscapeTold = false;
    return keys.slice(esc.length);
  }

  #ended(): Piece[] {
    const paste = this.#text ?? '';
    this.#text = undefined;
    return paste === '' ? [] : [{ paste }];
  }

  /** What stands outside of marks. */
  #typed(keys: string): Piece[] {
    if (keys === '') return [];
    const now = systemClock.now();
    const goesOn = now - this.#burstAt < together;
    if (!isText(keys) || !(goesOn || isTooMuch(keys))) return [{ keys }];
    this.#burstAt = now;
    return [{ paste: keys.slice(0, longestPaste) }];
  }
}

/** Symbols at the end of a text that may be the first part of a mark; an escape character alone is a key. */
function begun(text: string, mark: string): number {
  for (let length = mark.length - 1; length >= 2; length--) if (text.endsWith(mark.slice(0, length))) return length;
  return mark === ends && text.endsWith(esc) ? 1 : 0;
}

/** Whether there are no control characters but breaks and tabs. */
function isText(keys: string): boolean {
  return !/\p{Cc}/u.test(keys.replace(/[\r\n\t]/g, ''));
}

function isTooMuch(keys: string): boolean {
  return keys.length > mostTyped && keys !== keys[0]!.repeat(keys.length);
}
