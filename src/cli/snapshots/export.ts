import { relative, resolve } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { writeFileAtomic } from '../../core/files.ts';
import { byteSize } from '../../core/format.ts';
import { requirePlace } from '../../core/place.ts';
import { resolveConfig } from '../../presets/resolve.ts';
import { encodeNpz } from '../../snapshots/npz.ts';
import { peekSnapshot, readSnapshot } from '../../snapshots/store.ts';
import { curvesAsCsv, snapshotAsJson } from '../../snapshots/texts.ts';
import { directoryOf } from '../directory.ts';
import { readPreferences } from '../preferences.ts';
import type { ExportArguments } from './arguments.ts';
import { snapshotPath } from './show.ts';

/** Writes a snapshot, read whole and verified, in a form that other programs read. */
export async function exportSnapshot({ file, dir, to, out }: ExportArguments): Promise<void> {
  const path = snapshotPath(file, directoryOf(dir, readPreferences()));
  const target = resolve(out ?? path.replace(/(\.safetensors)?$/, `.${to}`));
  if (target === path)
    throw new UserError({ where: '--out', what: 'is the snapshot itself', fix: 'choose another file' });
  await requirePlace(target);
  const { content, told } = await converted(path, to);
  await writeFileAtomic(target, content, 'shared');
  process.stdout.write(`${relative(process.cwd(), target)} (${byteSize(Buffer.byteLength(content))})\n`);
  for (const line of told) process.stdout.write(`  ${line}\n`);
}

async function converted(
  path: string,
  to: ExportArguments['to'],
): Promise<{ content: string | Uint8Array; told: readonly string[] }> {
  const { snapshot } = await readSnapshot(path);
  switch (to) {
    case 'csv':
      return { content: curvesAsCsv(snapshot.history), told: [] };
    case 'npz':
      return { content: encodeNpz((await peekSnapshot(path, () => true)).tensors), told: [] };
    case 'json': {
      const { header, tensors } = await peekSnapshot(path, () => true);
      return { content: snapshotAsJson(header, tensors), told: [] };
    }
    case 'onnx': {
      const { inferenceModel } = await import('../../trainer/measure/inference.ts');
      const { config } = resolveConfig(snapshot.config, path);
      const { bytes, inputs, outputs } = inferenceModel(snapshot, config, path);
      const told = [...Object.entries(inputs), ...Object.entries(outputs)];
      return { content: bytes, told: told.map(([name, shape]) => `${name} [${shape.join(', ')}]`) };
    }
  }
}
