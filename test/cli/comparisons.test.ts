import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sandbox } from './program.ts';

// Hundreds of thousands of predictions take a while where other jobs share the cores.
vi.setConfig({ testTimeout: 240_000 });

const box = sandbox();
afterAll(() => box.remove());

const write = (name: string, text: string) => writeFileSync(join(box.folder, name), text);

/** A task with a predictor that needs signs, which its labels are not, one whose inputs are not finite now and then, and one of more parts than a call takes arguments. */
const plugin = `export const task = ({ z, functionKeys, functionTask }) =>
  functionTask({ name: 'lines', title: 'Lines', schema: z.strictObject(functionKeys(6)), functions: () => ({
    kind: 'regression', power: 1 / 3, expected: { zero: () => Number.NaN },
    references: [
      { name: 'zero' },
      { name: 'logistic' },
      { name: 'far', of: 'nearest_1', seen: (x) => (x > 2 ? Number.NaN : x) },
      { name: 'many', of: 'zero', options: Array.from({ length: 1500 }, () => ({})) },
    ],
    draw: (s) => { const a = s.uniform(); return ([x]) => a * x; },
  }) });`;
const config = {
  task: { name: 'lines', dim: 1 },
  model: { name: 'decoder', width: 16, mlp_width: 16, heads: 2, layers: 1 },
  train: { steps: 400, batch: 4, unroll: 4 },
  evaluate: { every: 100, prompts: 10 },
};

describe('predictors that fail', () => {
  const own = ['--plugin', 'lines.js'];
  beforeAll(async () => {
    write('lines.js', plugin);
    write('lines.json', JSON.stringify(config));
    const trained = await box.run('train', 'lines.json', ...own, '--name', 'lines', '--threads', '1', '--headless');
    expect(trained.code).toBe(0);
    expect(trained.out).toMatch(/logistic.*left out/);
  }, 60_000);

  it('are null or left out with a reason, and every other number is there', async () => {
    const { code, out, err } = await box.run('eval', 'lines', ...own, '--prompts', '40', '--json');
    expect(code).toBe(0);
    const { metrics, theory, theory_reasons: reasons } = JSON.parse(out);
    expect(metrics.eval_loss.mean).toBeGreaterThan(0);
    expect(metrics['baseline/zero/error_last']).toMatchObject({ n: 40 });
    expect(metrics['baseline/logistic/error_last']).toMatchObject({ mean: null, stderr: null, n: 0, left_out: 40 });
    expect(metrics['baseline/logistic/error_last'].reason).toMatch(/needs labels \+1 or -1/);
    const far = metrics['baseline/far/error_last'];
    expect(far.left_out).toBeGreaterThan(0);
    expect(far.n).toBe(40 - far.left_out);
    expect(far.mean).toBeGreaterThan(0);
    expect(far.reason).toMatch(/finite/);
    expect(theory['baseline/zero/error_last']).toBeNull();
    expect(reasons).toEqual({ 'baseline/zero/error_last': 'not finite' });
    expect(err).toMatch(/note: .*far: up to \d+ of 40 prompts left out: examples and queries must be finite\n/);
    expect(err).toMatch(/note: .*logistic regression: 40 of 40 prompts left out: .*\n/);
  });

  it('and the table and the CSV say so too', async () => {
    const table = await box.run('eval', 'lines', ...own);
    expect(table.code).toBe(0);
    expect(table.out).toMatch(/^Error at the last point of a prompt: logistic regression +– .*needs labels/m);
    const csv = await box.run('eval', 'lines', ...own, '--csv');
    expect(csv.out).toMatch(/^baseline\/logistic\/error_last,,,0$/m);
    expect(csv.err).toMatch(/left out/);
  });
});
