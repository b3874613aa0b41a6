/** How a matrix of entries becomes a picture of pixels. */
export interface Sampling {
  /** Pixels of the picture. */
  readonly width: number;
  readonly height: number;
}

/** A whole number of pixels for each entry, or where there are too few, as many as there are. */
export function samplingOf(rows: number, columns: number, room: Sampling): Sampling {
  if (rows < 1 || columns < 1 || room.width < 1 || room.height < 1) return { width: 0, height: 0 };
  return { width: along(columns, room.width), height: along(rows, room.height) };
}

function along(entries: number, pixels: number): number {
  return entries > pixels ? pixels : entries * Math.floor(pixels / entries);
}

/**
 * Each pixel is the entry of largest magnitude of those that fall into it, so that a sharp pattern stays sharp in a small
 * picture; entries that are NaN count for nothing. Every entry falls into one pixel, or covers several. [height, width]
 */
export function resample(
  matrix: { readonly rows: number; readonly columns: number; readonly data: Float32Array },
  { width, height }: Sampling,
): Float32Array {
  const pixels = new Float32Array(width * height);
  const across = Array.from({ length: width }, (_, x) => entriesUnder(x, width, matrix.columns));
  for (let y = 0; y < height; y++) {
    const [top, bottom] = entriesUnder(y, height, matrix.rows);
    for (let x = 0; x < width; x++) {
      const [left, right] = across[x]!;
      let most = Number.NaN;
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          const value = matrix.data[row * matrix.columns + column]!;
          if (Number.isNaN(most) || Math.abs(value) > Math.abs(most)) most = value;
        }
      }
      pixels[y * width + x] = most;
    }
  }
  return pixels;
}

/** The first entry under pixel `pixel` of `pixels` and the one after the last: those whose drawing begins there, or one. */
function entriesUnder(pixel: number, pixels: number, entries: number): [number, number] {
  if (entries <= pixels) {
    const entry = Math.floor((pixel * entries) / pixels);
    return [entry, entry + 1];
  }
  return [Math.ceil((pixel * entries) / pixels), Math.ceil(((pixel + 1) * entries) / pixels)];
}
