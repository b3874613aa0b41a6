/** How far keys may run ahead of the line, in milliseconds of what it carries. */
const ahead = 1000;
/** Share of the line that pictures may take: numbers and curves go on between two of them. */
const pictureShare = 0.6;

/**
 * When frames may be sent over a line of so many bytes a second, so that in the long run no more is: each frame is followed
 * by the time that it takes the line to carry it. Frames that answer keys may be sent while at most a second of that is left.
 */
export class LineBudget {
  readonly #perMillisecond: number;
  #carriedAt = Number.NEGATIVE_INFINITY;
  #pictureAt = Number.NEGATIVE_INFINITY;
  #pictured = false;

  /** @param bytesPerSecond may be infinite */
  constructor(bytesPerSecond: number) {
    this.#perMillisecond = bytesPerSecond / 1000;
  }

  /** A frame of so many bytes was sent at `time` (in milliseconds). */
  spend(time: number, bytes: number): void {
    const takes = bytes / this.#perMillisecond;
    this.#carriedAt = Math.max(time, this.#carriedAt) + takes;
    if (this.#pictured) this.#pictureAt = time + takes / pictureShare;
    this.#pictured = false;
  }

  /** Whether the next frame may bring a new picture of the model's activations at `time`; the frame then counts as one that does. */
  takesPicture(time: number): boolean {
    if (time < this.#pictureAt) return false;
    this.#pictured = true;
    return true;
  }

  /** Time from which the next frame may be sent. */
  frameAt(answersKey: boolean): number {
    return answersKey ? this.#carriedAt - ahead : this.#carriedAt;
  }

  /** Time from which the next frame may bring a new picture. */
  get pictureAt(): number {
    return this.#pictureAt;
  }
}
