/** Updates before anything is called a jump, and between two jumps. */
const settling = 100;
/** A jump is this many standard deviations, and at least this factor of the loss. */
const deviations = 5;
const leastFactor = 1.5;
/** Weights of the past in the level of the last few updates and in the level before them. */
const short = 0.7;
const long = 0.97;

/**
 * Notices when the training loss leaves its course: the average of ln L over a few updates moves away from that over
 * many by more than 5 standard deviations of ln L, and by a factor of 1.5 at least, up or down. Steady descent is part of
 * the deviation, so it is not taken for a jump.
 */
export class JumpWatch {
  #seen = 0;
  #level = 0;
  #recent = 0;
  #variance = 0;

  /** Takes the loss of the next update; whether it completes a jump. */
  push(loss: number): boolean {
    if (!(loss > 0) || !Number.isFinite(loss)) return false;
    const log = Math.log(loss);
    if (this.#seen++ === 0) {
      this.#level = log;
      this.#recent = log;
    }
    this.#recent = short * this.#recent + (1 - short) * log;
    const away = Math.abs(this.#recent - this.#level);
    if (this.#seen > settling && away > Math.log(leastFactor) && away > deviations * Math.sqrt(this.#variance)) {
      this.#seen = 0;
      this.#variance = 0;
      return true;
    }
    const distance = log - this.#level;
    // What lies far out counts less, or the first updates of a jump would hide it.
    const square = distance * distance;
    const counted = this.#seen > settling ? Math.min(square, 9 * this.#variance) : square;
    this.#variance = long * this.#variance + (1 - long) * counted;
    this.#level = long * this.#level + (1 - long) * log;
    return false;
  }
}
