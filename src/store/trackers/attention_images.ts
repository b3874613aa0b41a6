import type { HostTensor } from '../../core/tensor.ts';
import { mapColour, shareOf } from '../../plot/colourmap.ts';
import { encodePng } from '../../plot/png.ts';
import { image, type Summary } from './event_file.ts';

/** Heads beside each other. */
const perRow = 8;
/** A pattern is drawn about so many pixels wide, and a gap stays between two. */
const wanted = 96;
const gap = 4;
const paper = 0xffffff;

/**
 * The attention of every layer as a picture `attention/L0` …: heads in their order, row by row, a query a row and a key a
 * column, mean over the prompts of the probe. From 0, dark, to the layer's largest value, on one scale for its heads.
 * @param attention [P, L, H, Tq, Tk]
 */
export function attentionImages({ shape, data }: HostTensor): Summary[] {
  const [prompts, layers, heads, queries, keys] = shape as [number, number, number, number, number];
  const size = heads * queries * keys;
  return Array.from({ length: layers }, (_, layer) => {
    const mean = new Float64Array(size);
    for (let p = 0; p < prompts; p++) {
      const from = (p * layers + layer) * size;
      for (let i = 0; i < size; i++) mean[i]! += data[from + i]! / prompts;
    }
    return image(`attention/L${layer}`, drawn(mean, heads, queries, keys));
  });
}

/** @param values [head, query, key] */
function drawn(values: Float64Array, heads: number, queries: number, keys: number) {
  const most = values.reduce((largest, value) => Math.max(largest, value), 0);
  const scale = Math.max(1, Math.floor(wanted / Math.max(queries, keys)));
  const columns = Math.min(heads, perRow);
  const rows = Math.ceil(heads / columns);
  const [across, down] = [keys * scale + gap, queries * scale + gap];
  const [width, height] = [columns * across - gap, rows * down - gap];
  const colours = new Uint32Array(width * height).fill(paper);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const head = Math.floor(y / down) * columns + Math.floor(x / across);
      const [query, key] = [Math.floor((y % down) / scale), Math.floor((x % across) / scale)];
      if (head >= heads || query >= queries || key >= keys) continue;
      colours[y * width + x] = mapColour('viridis', shareOf(values[(head * queries + query) * keys + key]!, 0, most));
    }
  }
  return { width, height, png: encodePng(colours, width, height) };
}
