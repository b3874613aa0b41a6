/** Work that may fail, unit by unit, with what the first failure said. */
export class Attempt {
  #reason: string | undefined;

  get reason(): string | undefined {
    return this.#reason;
  }

  /** What the work gives, or NaN where it fails. */
  number(work: () => number): number {
    try {
      const value = work();
      if (!Number.isFinite(value)) this.#reason ??= 'its prediction is not finite';
      return value;
    } catch (error) {
      this.#reason ??= (error as Error).message;
      return Number.NaN;
    }
  }
}
