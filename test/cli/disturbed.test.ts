import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { reduceRunEvents } from '../../src/runs/reduce.ts';
import { emptyRun } from '../../src/runs/state.ts';
import { readJournal } from '../../src/store/journal_reader.ts';
import { finished, killTrainers, sandbox, until } from './program.ts';

vi.setConfig({ testTimeout: 90_000 });

const box = sandbox();
afterAll(() => {
  killTrainers(box.folder);
  box.remove();
});
const runFolder = (run: string) => join(box.folder, 'snapshots', run);

test('a journal that another program empties is written again from memory', async () => {
  const steps = ['--steps', '10000000', '--set', 'train.schedule=constant'];
  const child = box.start('train', 'yang-tiny', ...steps, '--threads', '1', '--json', '--name', 'emptied');
  const end = finished(child);
  const path = join(runFolder('emptied'), 'journal.jsonl');
  const size = () => {
    try {
      return readFileSync(path).length;
    } catch {
      return 0;
    }
  };
  await until(() => size() > 50_000, 30_000);
  truncateSync(path);
  await until(() => size() > 50_000, 30_000);
  child.kill('SIGTERM');
  const { code, out } = await end;
  expect(code).toBe(130);
  expect(out.match(/cut off, replaced or removed by another program/g)).toHaveLength(1);
  let state = emptyRun;
  for await (const events of readJournal(path)) state = reduceRunEvents(state, events);
  expect(state.phase).toBe('finished');
  const loss = state.curves.get('train_loss')!.view();
  expect(loss.length).toBeGreaterThan(100);
  // Nothing is missing: each of the first steps has its own point.
  for (let i = 0; i < Math.min(1000, loss.length); i++) expect(loss.at(i)!.step).toBe(i + 1);
});

test('what a kill during a save leaves is swept by a list and by a run from there, not while somebody writes', async () => {
  const leftover = '.step-00000400.safetensors.0-0.incline-tmp';
  const leave = (run: string) => writeFileSync(join(runFolder(run), leftover), 'half');
  const isThere = (run: string) => readdirSync(runFolder(run)).includes(leftover);
  await box.run('train', 'yang-tiny', '--steps', '50', '--headless', '--name', 'left');
  leave('left');
  const { out } = await box.run('snapshots', 'list');
  expect(out).not.toContain('incline-tmp');
  expect(isThere('left')).toBe(false);
  leave('left');
  await box.run('train', '--resume', 'left', '--steps', '60', '--headless', '--name', 'next');
  expect(isThere('left')).toBe(false);
  const child = box.start('train', '--resume', 'left', '--in-place', '--steps', '10000000', '--headless');
  const end = finished(child);
  await until(() => readdirSync(runFolder('left')).includes('lock.json'), 30_000);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  leave('left');
  await box.run('snapshots', 'list');
  expect(isThere('left')).toBe(true);
  child.kill('SIGTERM');
  await end;
});
