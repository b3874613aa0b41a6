/** Which automatic snapshots stay: the last few. Those made by key, at the end or before trouble are never given up. */
export class Retention {
  readonly #keep: number;
  readonly #automatic: string[] = [];

  constructor(keep: number) {
    this.#keep = keep;
  }

  /** Takes note of a new snapshot; returns the files to remove. */
  saved(file: string, why: string): readonly string[] {
    const known = this.#automatic.indexOf(file);
    if (known >= 0) this.#automatic.splice(known, 1);
    if (why === 'automatic') this.#automatic.push(file);
    return this.#automatic.splice(0, Math.max(0, this.#automatic.length - this.#keep));
  }
}
