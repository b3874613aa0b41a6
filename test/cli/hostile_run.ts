import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rewriteHeader } from '../snapshots/rewrite.ts';
import type { sandbox } from './program.ts';

/** Clears the screen, sets the title, rings, colours by one byte, turns the direction of writing, goes back a column. */
export const poison = 'x\u001b[2J\u001b]0;t\u0007\u009b31m\u202e\b';

/** Control characters but line feeds, and what is invisible or turns the direction of writing. */
export const acting = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const introducer = String.fromCharCode(27);
/** What a screen must not send either, which has sequences of its own: titles and the like, whole clears, one-byte codes. */
export const actingOnScreens = new RegExp(
  `${introducer}[\\]P^_X]|${introducer}\\[[23]J|(?!${introducer}|[\\r\\n])[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]`,
  'u',
);

/** Settings are the registries' to check, and these words say what an event is. */
const structural = new Set([
  'type',
  'scope',
  'path',
  'edits',
  'why',
  'task',
  'model',
  'train',
  'prune',
  'screen',
  'device',
]);

/** The value with every text inside poisoned that is free to say anything. */
export function poisoned(value: unknown, key = ''): unknown {
  if (structural.has(key) && key !== 'model') return value;
  if (typeof value === 'string') return `${value}${poison}`;
  if (Array.isArray(value)) return value.map((inner) => poisoned(inner, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      // The model of a configuration names settings; the model of a start tells sizes and what they are called.
      key === 'config' && name === 'model' ? inner : poisoned(inner, name),
    ]),
  );
}

/** Trains a short run and makes a copy of it whose every text is poisoned, the names of folder and files included. */
export async function hostileRun(box: ReturnType<typeof sandbox>) {
  const every = ['--set', 'snapshot.every=20', '--set', 'snapshot.occasions=false', '--set', 'evaluate.every=20'];
  const { code, err } = await box.run(
    'train',
    'yang-tiny',
    '--steps',
    '40',
    '--name',
    'base',
    '--threads',
    '1',
    ...every,
  );
  if (code !== 0) throw new Error(err);
  const folder = join(box.folder, 'snapshots', `r${poison}`);
  cpSync(join(box.folder, 'snapshots', 'base'), folder, { recursive: true });
  const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  writeFileSync(
    join(folder, 'run.json'),
    JSON.stringify({ ...(poisoned(json('run.json')) as object), parent: { run: poison, file: poison, step: 3 } }),
  );
  writeFileSync(join(folder, 'notes.json'), JSON.stringify({ v: 1, note: poison, tags: [poison] }));
  const lines = readFileSync(join(folder, 'journal.jsonl'), 'utf8').trim().split('\n');
  const events = lines.map((line) => JSON.parse(line));
  const alert = { v: 1, time: events[0].time, type: 'alert', step: 20, kind: 'notice', message: poison };
  const saved = {
    v: 1,
    time: events[0].time,
    type: 'snapshot_saved',
    step: 20,
    file: `${poison}.safetensors`,
    why: 'key',
  };
  const all = [...events, alert, saved].map((event, i) => ({ ...event, seq: i + 1 })).map(withoutFile);
  writeFileSync(join(folder, 'journal.jsonl'), `${all.map((event) => JSON.stringify(event)).join('\n')}\n`);
  for (const file of ['step-00000020.safetensors', 'step-00000040.safetensors']) {
    const bytes = rewriteHeader(readFileSync(join(folder, file)), poisonedHeader);
    writeFileSync(join(folder, file), bytes);
    writeFileSync(join(folder, `${poison}.safetensors`), bytes);
  }
  return { folder, file: join(folder, 'step-00000040.safetensors'), odd: join(folder, `${poison}.safetensors`) };
}

/** Files that snapshots are saved to keep their names, so that they are found. */
function withoutFile(event: { type: string; file?: string }): unknown {
  const { file, ...rest } = event;
  return { ...(poisoned(rest) as object), ...(file !== undefined && { file }) };
}

function poisonedHeader({ __metadata__: texts, ...tensors }: Record<string, Record<string, unknown>>) {
  const { sha256: _, ...kept } = texts as Record<string, string>;
  const inside = ['config', 'events', 'engine'].map((name) => [
    name,
    JSON.stringify(poisoned(JSON.parse(kept[name]!), name)),
  ]);
  const renamed = Object.entries(tensors).map(([name, entry]) => [
    name.replace(/^history\/gap\//, `history/gap${poison}/`),
    entry,
  ]);
  return {
    __metadata__: { ...kept, ...Object.fromEntries(inside), created: `${kept['created']}${poison}` },
    ...Object.fromEntries(renamed),
  };
}
