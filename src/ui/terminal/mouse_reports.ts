/** What a person did with the mouse, and on which cell of the screen, counted from 0 at the top left. */
export interface MouseReport {
  readonly button: 'press' | 'wheel_up' | 'wheel_down';
  readonly x: number;
  readonly y: number;
}

const whole = /^\[<(\d+);(\d+);(\d+)([Mm])/;
const begun = /^\[<[\d;]*$/;
/** Bits of the button's number that say which of shift, alt and ctrl are held. */
const modifiers = 4 | 8 | 16;
const buttons: Readonly<Record<number, MouseReport['button']>> = { 0: 'press', 64: 'wheel_up', 65: 'wheel_down' };

/**
 * Reads mouse reports in the terminal's SGR form, `CSI < button ; column ; row M`, out of input as Ink hands it on: without
 * the escape character, one sequence at a time. A report that comes in two pieces is put together, lest its second half
 * be taken for keys.
 */
export class MouseReports {
  #begun = '';

  /** What the input reports, if anything, and what is left of it: keys. Releases and other buttons report nothing. */
  read(input: string): { readonly report: MouseReport | undefined; readonly rest: string } {
    const text = this.#begun + input;
    this.#begun = '';
    if (begun.test(text)) {
      this.#begun = text;
      return { report: undefined, rest: '' };
    }
    const found = whole.exec(text);
    if (!found) return { report: undefined, rest: input };
    const [sequence, code, column, row, end] = found;
    const button = end === 'M' ? buttons[Number(code) & ~modifiers] : undefined;
    const report = button && { button, x: Number(column) - 1, y: Number(row) - 1 };
    return { report, rest: text.slice(sequence.length) };
  }
}
