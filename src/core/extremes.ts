/** A list of numbers that grows by doubling. */
export class Column {
  #data = new Float64Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#data.length) {
      const larger = new Float64Array(2 * this.#data.length);
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data[this.#length++] = value;
  }

  /** The entry at `index`, which must be in range. */
  get(index: number): number {
    return this.#data[index]!;
  }

  copy(): Column {
    const twin = new Column();
    twin.#data = this.#data.slice();
    twin.#length = this.#length;
    return twin;
  }
}

/** What a stretch of values comes to; every part is NaN when the stretch holds nothing but gaps. */
export interface Extent {
  min: number;
  max: number;
  last: number;
}

interface Level {
  min: Column;
  max: Column;
  readonly last: Column;
}

const fanout = 16;

/**
 * Append-only values whose minimum, maximum and last value over any range of indices cost O(log n).
 * Level k of the pyramid holds one entry for every full block of 16^k values; NaN is a gap.
 */
export class Extremes {
  readonly #levels: Level[] = [emptyLevel()];

  constructor() {
    // Until a value comes with extremes of its own, all three columns of the ground level are one.
    const ground = this.#levels[0]!;
    ground.min = ground.last;
    ground.max = ground.last;
  }

  get length(): number {
    return this.#levels[0]!.last.length;
  }

  /** Appends a value that stands for several between `min` and `max`. */
  push(value: number, min: number, max: number): void {
    const ground = this.#levels[0]!;
    if (ground.min === ground.last && (!Object.is(min, value) || !Object.is(max, value))) {
      ground.min = ground.last.copy();
      ground.max = ground.last.copy();
    }
    ground.last.push(value);
    if (ground.min !== ground.last) {
      ground.min.push(min);
      ground.max.push(max);
    }
    this.#closeBlocks();
  }

  /** Value, minimum and maximum of the entry at `index`. */
  at(index: number): Extent {
    const { min, max, last } = this.#levels[0]!;
    return { min: min.get(index), max: max.get(index), last: last.get(index) };
  }

  /** Over the indices start ≤ i < end. */
  extent(start: number, end: number): Extent {
    const extent = emptyExtent();
    for (let index = start; index < end; ) {
      const { level, size } = this.#largestBlock(index, end);
      include(extent, this.#levels[level]!, index / size);
      index += size;
    }
    return extent;
  }

  /** First index below `end` whose minimum or maximum is `target`; −1 when there is none. */
  find(which: 'min' | 'max', target: number, end: number): number {
    for (let index = 0; index < end; ) {
      let { level, size } = this.#largestBlock(index, end);
      if (this.#levels[level]![which].get(index / size) === target) {
        for (; level > 0; ) {
          level--;
          size /= fanout;
          while (this.#levels[level]![which].get(index / size) !== target) index += size;
        }
        return index;
      }
      index += size;
    }
    return -1;
  }

  #closeBlocks(): void {
    let count = this.length;
    for (let level = 0; count % fanout === 0; level++) {
      const block = emptyExtent();
      for (let child = count - fanout; child < count; child++) include(block, this.#levels[level]!, child);
      this.#levels[level + 1] ??= emptyLevel();
      const above = this.#levels[level + 1]!;
      above.min.push(block.min);
      above.max.push(block.max);
      above.last.push(block.last);
      count /= fanout;
    }
  }

  #largestBlock(index: number, end: number): { level: number; size: number } {
    let level = 0;
    let size = 1;
    while (index % (size * fanout) === 0 && index + size * fanout <= end) {
      level++;
      size *= fanout;
    }
    return { level, size };
  }
}

function emptyLevel(): Level {
  return { min: new Column(), max: new Column(), last: new Column() };
}

function emptyExtent(): Extent {
  return { min: Number.NaN, max: Number.NaN, last: Number.NaN };
}

function include(extent: Extent, level: Level, index: number): void {
  const min = level.min.get(index);
  const max = level.max.get(index);
  const last = level.last.get(index);
  // Written so that a NaN on the left gives way and one on the right is passed over.
  if (!(extent.min <= min) && !Number.isNaN(min)) extent.min = min;
  if (!(extent.max >= max) && !Number.isNaN(max)) extent.max = max;
  if (!Number.isNaN(last)) extent.last = last;
}
