/** Time as the program sees it; tests drive the trainer with a clock of their own. */
export interface Clock {
  /** Milliseconds that only ever grow, for measuring. */
  now(): number;
  /** The date, for journals and file names. */
  date(): Date;
  /** Resolves after `milliseconds`; 0 lets pending input and output in. */
  sleep(milliseconds: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(Date.now()),
  sleep: (milliseconds) =>
    new Promise((resolve) => {
      if (milliseconds <= 0) setImmediate(resolve);
      else setTimeout(resolve, milliseconds);
    }),
};
