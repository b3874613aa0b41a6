import type { Line } from '../../plot/text.ts';
import { fitLine, span, wrapText } from '../../plot/text.ts';

/** Draws a part of the screen; where that fails, what stands in its place is made of the message. */
export type Guard = <T>(what: string, draw: () => T, instead: (message: string) => T) => T;

/** Lets failures through. */
export const unguarded: Guard = (_what, draw) => draw();

interface Fault {
  readonly what: string;
  readonly error: unknown;
  times: number;
}

/** Failures of drawing, which end no screen: each is kept once and told when the screen is left. */
export class Faults {
  readonly #known = new Map<string, Fault>();

  readonly guard: Guard = (what, draw, instead) => {
    try {
      return draw();
    } catch (error) {
      const message = messageOf(error);
      const key = `${what}: ${message}`;
      const known = this.#known.get(key) ?? { what, error, times: 0 };
      known.times += 1;
      this.#known.set(key, known);
      return instead(message);
    }
  };

  /** What failed, with details, for the terminal after the screen; empty when nothing did. */
  report(): string {
    const told = [...this.#known.values()].map(({ what, error, times }) => {
      const often = times === 1 ? '' : ` ${times} times`;
      return `drawing ${what} failed${often}:\n${error instanceof Error ? error.stack : String(error)}\n`;
    });
    if (told.length === 0) return '';
    return `incline: this is a bug in drawing, which does no harm to a run; please report it\n${told.join('')}`;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const whereDetailsAre = 'details follow when you leave';

/** The body of a panel that failed, `width` cells wide. */
export function failedBody(message: string, width: number): Line[] {
  const rows = wrapText(`this panel failed: ${message}`, width - 2);
  return [...rows.map((row) => [span(` ${row}`, { fg: 'alert' })]), [span(` ${whereDetailsAre}`, { fg: 'hint' })]];
}

/** What stands in place of a line that failed, in exactly `width` cells. */
export function failedLine(message: string, width: number): Line {
  const words = span(` ✕ this line failed: ${message}; `, { fg: 'alert' });
  return fitLine([words, span(whereDetailsAre, { fg: 'hint' })], width);
}

/** A line of the screen, exactly `width` cells wide, also where drawing it fails. */
export function guardedLine(guard: Guard, what: string, draw: () => Line, width: number): Line {
  return guard(
    what,
    () => fitLine(draw(), width),
    (message) => failedLine(message, width),
  );
}
