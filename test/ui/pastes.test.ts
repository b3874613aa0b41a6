import { beforeEach, describe, expect, it, vi } from 'vitest';
import { oneLine } from '../../src/core/visible.ts';
import { Pastes, type Piece } from '../../src/ui/terminal/pastes.ts';

const begins = '\x1b[200~';
const ends = '\x1b[201~';
/** Keys and commands to a terminal, over two lines. */
const text = 'qs P\r\n:run 9\x1b[31m x';
let pastes: Pastes;

beforeEach(() => {
  pastes = new Pastes();
});

const read = (...chunks: readonly string[]): Piece[] => chunks.flatMap((chunk) => pastes.piecesOf(chunk));
const keysOf = (pieces: readonly Piece[]): string =>
  pieces.map((piece) => ('keys' in piece ? piece.keys : '')).join('');
const pastesOf = (pieces: readonly Piece[]): string[] =>
  pieces.flatMap((piece) => ('paste' in piece ? [piece.paste] : []));

describe('pasted text', () => {
  const stream = `a${begins}${text}${ends}b`;

  it('is one piece between keys, wherever its bytes are split', () => {
    for (let at = 1; at < stream.length; at++) {
      const pieces = read(stream.slice(0, at), stream.slice(at));
      expect([at, pastesOf(pieces)]).toEqual([at, [text]]);
      // An escape character at the end of a read is a key as well.
      expect([at, keysOf(pieces).replace('\x1b', '')]).toEqual([at, 'ab']);
    }
    expect(pastesOf(read(...stream))).toEqual([text]);
  });

  it('holds what looks like the beginning of another', () => {
    expect(read(`${begins}x${begins}y${ends}q`)).toEqual([{ paste: `x${begins}y` }, { keys: 'q' }]);
    expect(oneLine(`x${begins}y`)).toBe('xy');
  });

  it('takes no more room than its first part, be its end missing, and ctrl+c leads out', () => {
    expect(read(begins, ...Array.from({ length: 1000 }, () => 'q;'.repeat(500)))).toEqual([]);
    const [paste, keys] = read('\x03', '');
    expect(keys).toEqual({ keys: '\x03' });
    expect('paste' in paste! && paste.paste.length).toBeLessThanOrEqual(20_000);
    expect(read('q')).toEqual([{ keys: 'q' }]);
  });

  it('is ended by its mark also after a megabyte', () => {
    const pieces = read(begins + 'x;P '.repeat(250_000), `${ends}q`);
    expect(pastesOf(pieces)[0]).toMatch(/^(x;P )+$/);
    expect(keysOf(pieces)).toBe('q');
  });
});

describe('an escape character', () => {
  it('is a key at once, and arrows after it are whole', () => {
    expect(read('\x1b')).toEqual([{ keys: '\x1b' }]);
    expect(read('\x1b[A', '\x1b', 'q')).toEqual([{ keys: '\x1b[A' }, { keys: '\x1b' }, { keys: 'q' }]);
  });

  it('begins no paste where what would be its rest comes much later', () => {
    vi.useFakeTimers({ toFake: ['performance', 'Date'] });
    expect(read('\x1b')).toEqual([{ keys: '\x1b' }]);
    vi.advanceTimersByTime(1000);
    expect(read('[')).toEqual([{ keys: '[' }]);
    vi.useRealTimers();
  });
});

it('becomes one line in which nothing acts on a terminal or hides', () => {
  expect(oneLine('lr = 3e-4\r\nloss\tx 0.5\n')).toBe('lr = 3e-4 loss x 0.5');
  expect(oneLine('\x1b[2Jab\x07\u202ec\u200bd\u2028e\x9b31mf')).toBe('abcd ef');
});
