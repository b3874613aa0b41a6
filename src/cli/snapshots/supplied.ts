import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadPreset } from '../../presets/load.ts';
import { resolveConfig } from '../../presets/resolve.ts';
import type { SuppliedFacts } from '../../snapshots/metadata.ts';
import { peekSnapshot } from '../../snapshots/store.ts';
import { readRunRecord, recordPath } from '../../store/run_folder.ts';

/**
 * The configuration that `--config` names, for a snapshot whose own is lost: that of a run (by name, folder or `run.json`),
 * of another snapshot, of a preset or of a file of JSON.
 * @throws UserError when there is no such thing
 */
export async function suppliedFacts(word: string | undefined, directory: string): Promise<SuppliedFacts | undefined> {
  if (word === undefined) return undefined;
  const { raw, where } = await named(word, directory);
  return { config: resolveConfig(raw, where).config, source: word };
}

async function named(word: string, directory: string): Promise<{ readonly raw: unknown; readonly where: string }> {
  if (word.endsWith('.safetensors')) {
    return { raw: (await peekSnapshot(resolve(word), () => false)).header.config, where: word };
  }
  const run = [resolve(word), resolve(directory, word)].find((folder) => existsSync(recordPath(folder)));
  if (run !== undefined) return { raw: readRunRecord(run).config, where: recordPath(run) };
  const { raw, where } = loadPreset(word);
  const { config } = (raw ?? {}) as { readonly config?: unknown };
  return { raw: config ?? raw, where };
}
