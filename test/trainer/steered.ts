import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { HostTensor } from '../../src/core/tensor.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import type { RunConfig } from '../../src/protocol/config.ts';
import type { RunEvent } from '../../src/protocol/events.ts';
import type { Request } from '../../src/protocol/messages.ts';
import type { Snapshot } from '../../src/snapshots/format.ts';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { createRunFolder } from '../../src/store/run_folder.ts';
import { hostRun } from '../../src/trainer/host.ts';
import { smallConfig } from './fake_session.ts';

/** Requests, each made when a run has come to a step. */
export type Script = readonly {
  readonly at: number;
  readonly request: Exclude<Request, { type: 'watch' }>;
  /** What the refusal says, where one is expected. */
  readonly refused?: string;
}[];

let runs = 0;

/** A small run with some values changed, or one given whole (`task` and `model` as in a preset). */
export function configOf(settings: Record<string, unknown>): RunConfig {
  if ('task' in settings) return resolveConfig(settings, 'test').config;
  return smallConfig({ 'train.unroll': 2, ...settings });
}

/** Trains a small run to its end, with a person who asks for things at given steps. */
export async function steered(
  settings: Record<string, unknown>,
  script: Script,
  resume?: { file: string; step: number },
) {
  const directory = mkdtempSync(join(tmpdir(), 'incline-steered-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const config = configOf(settings);
  const folder = await createRunFolder(directory, {
    v: 1,
    run: `run-${runs++}`,
    config,
    seed: config.seed,
    started: new Date().toISOString(),
    source: 'test',
    paused: true,
    ...(resume && { parent: { run: 'parent', ...resume } }),
  });
  const seen: RunEvent[] = [];
  const hosted = await hostRun(folder, {
    unattended: true,
    spareCore: false,
    onEvents: (events) => void seen.push(...events),
  });
  let step = resume?.step ?? 0;
  for (const { at, request, refused } of script) {
    if (at > step) {
      await hosted.request({ type: 'run_to', step: at });
      while (!seen.some((event) => event.type === 'paused' && event.step === at)) {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      step = at;
    }
    const outcome = await hosted.request(request);
    expect(outcome).toMatchObject({ ok: refused === undefined, step });
    if (refused !== undefined) expect(outcome.error).toContain(refused);
  }
  await hosted.request({ type: 'resume' });
  const { summary } = await hosted.result;
  const fileOf = (at: number) => join(folder, `step-${String(at).padStart(8, '0')}.safetensors`);
  const journal = readFileSync(join(folder, 'journal.jsonl'), 'utf8').trim().split('\n');
  const events = journal.map((line) => JSON.parse(line) as RunEvent);
  const { snapshot } = await readSnapshot(fileOf(summary.step));
  return { snapshot, events, fileOf, snapshotAt: async (at: number) => (await readSnapshot(fileOf(at))).snapshot };
}

/** Its curves as numbers, by name. */
export function historyOf({ history }: Snapshot): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(history).map(([name, columns]) => [
      name,
      Object.fromEntries(Object.entries(columns).map(([part, values]) => [part, Array.from(values as Float32Array)])),
    ]),
  );
}

/** What a run's journal says that people did, to be done again. */
export function scriptOf(events: readonly RunEvent[]): Script {
  return events.flatMap((event): Script => {
    if (event.type === 'mask_applied') {
      return [{ at: event.step, request: { type: 'mask', scope: event.scope, edits: event.edits } }];
    }
    if (event.type !== 'control_changed') return [];
    return [{ at: event.step, request: { type: 'set', path: event.path, value: event.to } }];
  });
}

/** Parameters and optimizer slots as bytes, by name. */
export function bytesOf({ params, optimizer }: Snapshot): Record<string, string> {
  const hex = ([name, { data }]: [string, HostTensor]): [string, string] => [
    name,
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
  ];
  return Object.fromEntries([...Object.entries(params), ...Object.entries(optimizer)].map(hex));
}

/** Trains a small model to step 6 with a head and, where it has any, neurons pruned on the way. */
export function prunedOnTheWay(task: object, model: object) {
  const settings = {
    task,
    model,
    train: { steps: 6, batch: 4 },
    evaluate: { every: 3, prompts: 5 },
    probe: { prompts: 3 },
  };
  const edits = ['-L0H1', ...('mlp_width' in model && model.mlp_width === 0 ? [] : ['-L1N2-3'])];
  return steered(settings, [{ at: 2, request: { type: 'mask', scope: 'clamp', edits } }]);
}
