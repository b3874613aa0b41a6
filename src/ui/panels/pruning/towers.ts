import { signed, significant } from '../../../core/format.ts';
import type { Style } from '../../../plot/style.ts';
import { fitLine, type Line, span } from '../../../plot/text.ts';
import { ablationAddresses } from '../../../protocol/ablation.ts';
import type { MeasuredPart, RunState } from '../../../runs/state.ts';
import type { Size } from '../../screen/size.ts';
import type { Model, View } from '../../state/model.ts';
import { boardIntervention, boardRows, keptAmong, rowParts } from '../../state/ranking.ts';
import { boardCursor } from './board.ts';
import { isNoise } from './measured.ts';
import { drawSkyline, type Tower } from './skyline.ts';

interface Shown extends Pick<Model, 'latest'> {
  readonly run: Pick<RunState, 'model' | 'ablation' | 'phase' | 'mask' | 'metrics' | 'estimates' | 'curves'>;
  readonly view: Pick<View, 'intervention' | 'part'>;
  readonly focused: boolean;
  readonly replay: unknown;
}

const kinds = { H: 'heads', N: 'neurons' } as const;
const kindOf = (address: string): 'H' | 'N' => (address.includes('N') ? 'N' : 'H');

/**
 * What each part is worth, part by part in the order of the model, heads and neurons each by their largest: what is pruned is
 * gone from it, what is within noise stands back. Nothing before anything was measured.
 */
export function skyline(model: Shown, size: Size): Line[] {
  const ranked = boardRows(model);
  const cursor = ranked[boardCursor(model, ranked)]?.address;
  const entries = new Map(ranked.map(({ address, entry }) => [address, entry]));
  const largest = { H: largestOf(ranked, 'H'), N: largestOf(ranked, 'N') };
  if (!ranked.some(({ entry }) => entry)) return [];
  const all = ablationAddresses(model.run.model!, boardIntervention(model).kind);
  // A tenth of the neurons is no neighbour of single ones.
  const singles = all.filter((address) => !address.endsWith('%'));
  const shown = singles.some((address) => kindOf(address) === 'N') ? singles : all;
  const towers = shown.map((address): Tower => {
    const entry = entries.get(address);
    const kept = keptAmong(model.run.mask.values, rowParts(model, address));
    const isPruned = kept.length > 0 && !kept.some(Boolean);
    const isSelected = address === cursor && model.focused;
    const style: Style = isSelected ? { fg: 'focus', bold: true } : { fg: isPruned ? 'pruned' : 'in_domain' };
    return {
      address,
      share: isPruned ? Number.NaN : (entry?.delta ?? Number.NaN) / largest[kindOf(address)],
      label: entry && !isPruned ? signed(entry.delta, 2) : '',
      style: entry && isNoise(entry) && !isSelected ? { ...style, dim: true } : style,
      foot: isPruned ? '✕' : isSelected ? '▴' : entry ? '' : '·',
    };
  });
  const drawn = drawSkyline(towers, { columns: size.columns, rows: size.rows - 1 });
  if (drawn.length === 0) return [];
  const highest = (['H', 'N'] as const)
    .filter((kind) => largest[kind] > least && towers.some(({ address }) => kindOf(address) === kind))
    .map((kind) => `highest of ${kinds[kind]} +${significant(largest[kind], 2)}`);
  const metric = model.run.metrics.short(model.run.ablation.metric);
  const caption = [`${metric}: what it changes by, part by part`, ...highest].join(' · ');
  return [fitLine([span(` ${caption}`, { fg: 'hint' })], size.columns), ...drawn];
}

/** In place of the largest where none is above nothing: a share of it can be had all the same. */
const least = 1e-300;

function largestOf(
  ranked: readonly { readonly address: string; readonly entry: MeasuredPart | undefined }[],
  kind: 'H' | 'N',
): number {
  return Math.max(
    ...ranked.filter(({ address }) => kindOf(address) === kind).map(({ entry }) => entry?.delta ?? 0),
    least,
  );
}
