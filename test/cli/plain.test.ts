import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { killTrainers, sandbox } from './program.ts';
import { TerminalSession } from './terminal.ts';

const box = sandbox();
afterAll(() => {
  killTrainers(box.folder);
  box.remove();
});

const environment = { ...box.environment, INK_SCREEN_READER: 'true' };

test('a screen reader is told of a run in lines that stay, and steers it with typed words', async () => {
  const words = ['train', 'yang-quick', '--name', 'told', '--set', 'train.steps=1000000'];
  const reader = TerminalSession.open(box.folder, environment, words, 100, 60);
  try {
    await reader.see(/told: multi_head_softmax learns representation_regression, 1 layer, 8 heads, seed 0\./);
    reader.press('lr 0.004\r');
    await reader.see(/learning rate 0\.00400.* \(next step\), from step \d/);
    reader.press('pause\r');
    await reader.see(/Paused at step/);
    reader.press('heads\r');
    await reader.see(/L0H7: entropy/);
    reader.press('quit\r');
    expect(await reader.exit()).toBe(0);
    await reader.see(/npx incline attach told/);
    // No cursor was moved and no screen taken.
    expect(reader.raw.split('\u001b[').length).toBe(1);
  } finally {
    reader.kill();
  }
  const again = TerminalSession.open(box.folder, environment, ['attach', 'told'], 100, 60);
  try {
    await again.see(/told: multi_head_softmax/);
    again.press('\r');
    await again.see(/Step [\d ]+ of 1 000 000, paused; train/);
    again.press('stop\r');
    expect(await again.exit()).toBe(0);
    await again.see(/told: stopped/);
  } finally {
    again.kill();
  }
  const journal = join(box.folder, 'snapshots', 'told', 'journal.jsonl');
  expect(existsSync(journal) && readFileSync(journal, 'utf8')).toContain('"path":"train.learning_rate"');
});
