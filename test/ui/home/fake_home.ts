import type { HomeData, HomeRun } from '../../../src/ui/home/contract.ts';

export const now = Date.parse('2026-01-02T12:00:00Z');

export const run = (name: string, more: Partial<HomeRun> = {}): HomeRun => ({
  name,
  folder: `/runs/${name}`,
  depth: 0,
  live: false,
  paused: false,
  title: 'A run',
  started: now - 7_200_000,
  step: 1500,
  steps: 1500,
  ending: 'completed',
  facts: [{ label: 'task', value: 'representation_regression' }],
  metrics: [{ label: 'train', value: '0.0511' }],
  snapshots: [{ file: 'step-00001500.safetensors', step: 1500 }],
  note: '',
  tags: [],
  source: 'alpha',
  ...more,
});

export const homeData: HomeData = {
  presets: ['alpha', 'beta', 'gamma'].map((name) => ({
    name,
    title: `What ${name} shows`,
    description: `A curve that falls in ${name}. `.repeat(8),
    group: '',
    time: '20 s',
    facts: [{ label: 'model', value: 'encoder' }],
  })),
  recipes: ['figure-1', 'figure-2'].map((name, i) => ({
    name,
    title: `What ${name} shows`,
    description: 'A paper says so.',
    group: 'A paper',
    time: '1m 00s',
    facts: [{ label: 'figure', value: name }],
    verdicts: ['2 ✓', ''][i]!,
    claims: [{ label: 'The loss falls.', value: 'confirmed' }],
  })),
  runs: [
    run('first', { live: true, ending: '', step: 12, snapshots: [] }),
    run('second', { tags: ['good'], note: 'seed 3 is the odd one' }),
    run('third', { ending: 'diverged', step: 70 }),
  ],
};
