import { systemClock } from '../../core/clock.ts';
import { longestPaste } from './pasted.ts';

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
  #burstAt = Number.NEGATIVE_INFINITY;

  /** Keys and pastes in what was read, in their order; of a long paste only the beginning. */
  piecesOf(read: string): Piece[] {
    // The way out where the end of a paste never comes.
    if (this.#text !== undefined && read === interrupt) return [...this.#ended(), { keys: read }];
    const pieces: Piece[] = [];
    let left = this.#rest + read;
    this.#rest = '';
    while (left !== '') {
      const mark = this.#text === undefined ? begins : ends;
      const at = left.indexOf(mark);
      const before = left.slice(0, at === -1 ? left.length - begun(left, mark) : at);
      if (this.#text === undefined) pieces.push(...this.#typed(before));
      else if (this.#text.length < longestPaste) this.#text += before.slice(0, longestPaste);
      if (at === -1) {
        this.#rest = left.slice(before.length);
        break;
      }
      left = left.slice(at + mark.length);
      if (this.#text === undefined) this.#text = '';
      else pieces.push(...this.#ended());
    }
    return pieces;
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
  return mark === ends && text.endsWith('\x1b') ? 1 : 0;
}

/** Whether there are no control characters but breaks and tabs. */
function isText(keys: string): boolean {
  return !/\p{Cc}/u.test(keys.replace(/[\r\n\t]/g, ''));
}

function isTooMuch(keys: string): boolean {
  return keys.length > mostTyped && keys !== keys[0]!.repeat(keys.length);
}
