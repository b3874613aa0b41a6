/** How a matrix of entries becomes a picture of pixels. */
export interface Sampling {
  /** Pixels of the picture. */
  readonly width: number;
  readonly height: number;
}

interface Room {
  /** Pixels there are. */
  readonly width: number;
  readonly height: number;
  /** Pixels side by side that make a square with one pixel's height. */
  readonly across: number;
  readonly aspect: 'square' | 'fill';
}

/** The largest whole-number enlargement that fits; where none does, the largest size at which entries are averaged. */
export function samplingOf(rows: number, columns: number, room: Room): Sampling {
  if (rows < 1 || columns < 1 || room.width < 1 || room.height < 1) return { width: 0, height: 0 };
  if (room.aspect === 'fill') return { width: along(columns, room.width), height: along(rows, room.height) };
  const factor = Math.min(Math.floor(room.width / (columns * room.across)), Math.floor(room.height / rows));
  if (factor >= 1) return { width: columns * room.across * factor, height: rows * factor };
  const shrink = Math.max((columns * room.across) / room.width, rows / room.height);
  return {
    width: Math.max(1, Math.floor((columns * room.across) / shrink + 1e-9)),
    height: Math.max(1, Math.floor(rows / shrink + 1e-9)),
  };
}

function along(entries: number, pixels: number): number {
  return entries > pixels ? pixels : entries * Math.floor(pixels / entries);
}

/** Each pixel is the mean of the entries under it, weighted by area; entries that are NaN count for nothing. [height, width] */
export function resample(
  matrix: { readonly rows: number; readonly columns: number; readonly data: Float32Array },
  { width, height }: Sampling,
): Float32Array {
  const pixels = new Float32Array(width * height);
  const across = Array.from({ length: width }, (_, x) => overlaps(x, width, matrix.columns));
  for (let y = 0; y < height; y++) {
    const down = overlaps(y, height, matrix.rows);
    for (let x = 0; x < width; x++) {
      let sum = 0;
      let area = 0;
      for (const row of down) {
        for (const column of across[x]!) {
          const value = matrix.data[row.index * matrix.columns + column.index]!;
          if (Number.isNaN(value)) continue;
          sum += row.share * column.share * value;
          area += row.share * column.share;
        }
      }
      pixels[y * width + x] = area > 0 ? sum / area : Number.NaN;
    }
  }
  return pixels;
}

interface Overlap {
  readonly index: number;
  readonly share: number;
}

/** The entries under pixel `pixel` of `pixels`, and how much of each. */
function overlaps(pixel: number, pixels: number, entries: number): Overlap[] {
  const from = (pixel * entries) / pixels;
  const to = ((pixel + 1) * entries) / pixels;
  const list: Overlap[] = [];
  for (let index = Math.floor(from + 1e-9); index < to - 1e-9 && index < entries; index++) {
    list.push({ index, share: Math.min(to, index + 1) - Math.max(from, index) });
  }
  return list;
}
