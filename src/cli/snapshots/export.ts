import { resolve } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { writeFileAtomic } from '../../core/files.ts';
import { byteSize } from '../../core/format.ts';
import { requirePlace } from '../../core/place.ts';
import { operatorSet } from '../../engine/onnx/model.ts';
import { resolveConfig } from '../../presets/resolve.ts';
import { withHistoryOfToday } from '../../snapshots/history.ts';
import type { SuppliedFacts } from '../../snapshots/metadata.ts';
import { encodeNpz } from '../../snapshots/npz.ts';
import { encodeSafetensors } from '../../snapshots/safetensors.ts';
import { peekSnapshot, readSnapshot } from '../../snapshots/store.ts';
import { curvesAsCsv, snapshotAsJson } from '../../snapshots/texts.ts';
import { snapshotNamed } from '../../store/library.ts';
import { snapshotAsEvents } from '../../store/trackers/snapshot_events.ts';
import type { Flags } from '../options/table.ts';
import { note, print } from '../output/output.ts';
import { shown } from '../output/paths.ts';
import { directoryOf } from '../preferences/directory.ts';
import { namedWith } from './open_snapshot.ts';
import { suppliedFacts } from './supplied.ts';

/** How the file of a form ends, unless another is named. */
const endings = {
  onnx: 'onnx',
  csv: 'csv',
  npz: 'npz',
  json: 'json',
  // TensorBoard looks for this in the names of files.
  tensorboard: 'tfevents',
  transformerlens: 'transformerlens.safetensors',
} as const;

type ExportFlags = Flags<'dir' | 'to' | 'out' | 'config'> & { readonly file: string };

/** Writes a snapshot, or the last one of a run, read whole and verified, in a form that other programs read. */
export async function exportSnapshot({ file, dir, to, out, config }: ExportFlags): Promise<void> {
  const directory = directoryOf(dir);
  const supplied = await suppliedFacts(config, directory);
  const path = resolve(await snapshotNamed(file, directory, note, supplied));
  const target = resolve(out ?? path.replace(/(\.safetensors)?$/, `.${endings[to]}`));
  if (target === path)
    throw new UserError({ where: '--out', what: 'is the snapshot itself', fix: 'choose another file' });
  await requirePlace(target);
  const { content, told } = await converted(path, to, supplied);
  await writeFileAtomic(target, content, { readers: 'shared' });
  print(`${shown(target)} (${byteSize(Buffer.byteLength(content))})`, ...told.map((line) => `  ${line}`));
}

async function converted(
  path: string,
  to: ExportFlags['to'],
  supplied: SuppliedFacts | undefined,
): Promise<{ content: string | Uint8Array; told: readonly string[] }> {
  const { snapshot } = await readSnapshot(path, supplied);
  const where = namedWith(path, snapshot, supplied);
  switch (to) {
    case 'csv':
      return { content: curvesAsCsv(snapshot.history), told: [] };
    case 'npz':
      return {
        content: encodeNpz(withHistoryOfToday((await peekSnapshot(path, () => true, supplied)).tensors)),
        told: [],
      };
    case 'json': {
      const { header, tensors } = await peekSnapshot(path, () => true, supplied);
      return { content: snapshotAsJson(header, withHistoryOfToday(tensors)), told: [] };
    }
    case 'onnx': {
      const { inferenceModel } = await import('../../trainer/measure/inference.ts');
      const { config } = resolveConfig(snapshot.config, where);
      const { bytes, inputs, outputs } = inferenceModel(snapshot, config, where);
      const told = [...Object.entries(inputs), ...Object.entries(outputs)];
      return {
        content: bytes,
        told: [...told.map(([name, shape]) => `${name} [${shape.join(', ')}]`), `opset ${operatorSet}`],
      };
    }
    case 'tensorboard':
      return { content: snapshotAsEvents(snapshot), told: [] };
    case 'transformerlens': {
      const { transformerLensModel } = await import('../../trainer/measure/transformer_lens.ts');
      const own = resolveConfig(snapshot.config, where).config;
      const { config, tensors } = transformerLensModel(snapshot, own, where);
      // PyTorch's mark, which its libraries look for.
      const metadata = { format: 'pt', config: JSON.stringify(config), step: String(snapshot.step) };
      return { content: encodeSafetensors(tensors, metadata), told: [`HookedTransformerConfig ${metadata.config}`] };
    }
  }
}
