import { resolve } from 'node:path';
import { significant, thousands } from '../../core/format.ts';
import { leaves } from '../../core/record.ts';
import type { RunEvent } from '../../protocol/events.ts';
import { decodePictures, isPictured } from '../../snapshots/format.ts';
import { peekSnapshot } from '../../snapshots/store.ts';
import { snapshotNamed } from '../../store/library.ts';
import { metricsTold } from '../../store/measures_told.ts';
import type { Flags } from '../options/table.ts';
import { note, print, printJson } from '../output/output.ts';
import { directoryOf } from '../preferences/directory.ts';

/** Prints what a snapshot, or the last one of a run, holds; its checksum is `verify`'s to check. */
export async function show({ file, dir, json }: Flags<'dir' | 'json'> & { file: string }): Promise<void> {
  const path = resolve(await snapshotNamed(file, directoryOf(dir), note));
  const { header, notices, shapes, tensors } = await peekSnapshot(path, isPictured);
  const { history } = decodePictures(tensors, path);
  const { config, step, seed, engine, created, events, maskRevision } = header;
  const latest = Object.entries(history).map(([name, { last }]) => [name, last.at(-1) ?? null] as const);
  if (json) {
    const finite = latest.map(([name, value]) => [name, Number.isFinite(value) ? value : null]);
    const described = Object.fromEntries([...shapes].map(([name, shape]) => [name, shape]));
    const facts = { v: 1, file: path, step, seed, created, engine, mask_revision: maskRevision, notices };
    printJson({ ...facts, config, events, latest: Object.fromEntries(finite), tensors: described });
    return;
  }
  print(path);
  print(`step ${thousands(step)} · seed ${seed} · ${created || 'no date'}`);
  if (engine) {
    const threads = engine.threads === 1 ? '1 thread' : `${engine.threads} threads`;
    print(`${engine.name} ${engine.version} · ${threads} · unroll ${engine.unroll}`);
  }
  for (const notice of notices) print(`note: ${notice}`);
  section(
    'configuration',
    leaves(config).map(([name, value]) => [name, JSON.stringify(value)]),
  );
  const metrics = metricsTold(events);
  section(
    'latest values',
    latest.map(([name, value]) => [metrics.title(name), significant(value)]),
  );
  section('interventions', events.filter(({ type }) => type !== 'run_started').map(told));
  section(
    'tensors',
    [...shapes]
      .filter(([name]) => !name.startsWith('history/'))
      .map(([name, shape]) => [name, `[${shape.join(', ')}]`]),
  );
}

function told(event: RunEvent): [string, string] {
  const step = `step ${thousands(event.step)}`;
  if (event.type === 'control_changed') return [step, `${event.path} ${String(event.from)} → ${String(event.to)}`];
  if (event.type === 'mask_applied') return [step, `${event.edits.join(' ')} (${event.scope})`];
  return [step, event.type];
}

function section(title: string, rows: readonly (readonly [string, string])[]): void {
  if (rows.length === 0) return;
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  print('', title);
  for (const [name, value] of rows) print(`  ${name.padEnd(width)}${value}`);
}
