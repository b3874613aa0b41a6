/** A task of one's own that works: module, configuration and test, by the ending of their names. @param incline how the program is started */
export const taskTemplate = (name: string, incline: string): Readonly<Record<string, string>> => ({
  '.mjs': `// A task for incline: functions that a model learns from examples in its prompt.
//
//     ${incline} train ${name}.json --plugin ${name}.mjs
//     node --test ${name}.test.mjs
//
// A prompt is x1, y1, x2, y2, …, and the model predicts every y from what stands before it. Inputs are drawn from N(0, I).

/**
 * Draws one function. Take every random number from \`stream\`: only then does a run repeat itself.
 * @param {import('incline-icl').RandomStream} stream
 * @param {number} height mean height of a wave
 * @returns {(input: Float64Array) => number} the label of an input, a finite number
 */
export function drawWave(stream, height) {
  const own = height * (0.5 + stream.uniform());
  const phase = 2 * Math.PI * stream.uniform();
  return ([x]) => own * Math.sin(x + phase);
}

/** @type {import('incline-icl').TaskPlugin} */
export const task = ({ z, functionKeys, functionTask }) =>
  functionTask({
    name: '${name}', // "task": { "name": … } of a configuration
    title: 'Sine waves', // on screens and in lists
    // Keys of the section "task": dim, points and curriculum come from functionKeys, with points = 11; add your own.
    schema: z.strictObject({
      ...functionKeys(11),
      height: z.number().positive().default(1).describe('Mean height of a wave'),
    }),
    functions: ({ height }) => ({
      kind: 'regression', // or 'classification', with labels −1 and 1
      power: (13 / 24) * height ** 2, // mean square of a label: the error of predicting 0
      noise: 0, // standard deviation of what is added to labels
      references: [{ name: 'zero' }, { name: 'nearest_3' }], // predictors without training, to compare with
      draw: (stream) => drawWave(stream, height),
    }),
  });
`,
  '.json': `{
  "title": "Sine waves learned in context",
  "task": { "name": "${name}", "dim": 1 },
  "model": { "name": "decoder", "layers": 2, "heads": 4, "width": 32, "mlp_width": 64, "init_std": 0.1, "init_ends": "uniform" },
  "train": { "learning_rate": 0.003, "schedule": "linear", "warmup_steps": 100, "steps": 1000, "batch": 64 }
}
`,
  '.test.mjs': `${testHead(name, incline)}
import { drawWave } from './${name}.mjs';

test('labels have the mean square that the task says', () => {
  const stream = { uniform: Math.random };
  const count = 20_000;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += drawWave(stream, 2)([Math.random()]) ** 2;
  assert.ok(Math.abs(sum / count - (13 / 24) * 2 ** 2) < 0.1);
});
${trainingTest(name, 'the same seed gives the same losses, and they fall')}`,
});

/** How a test of a plugin begins. */
export function testHead(name: string, incline: string): string {
  return `// node --test ${name}.test.mjs
import assert from 'node:assert/strict';
import { execSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const incline = ${JSON.stringify(incline)};
const here = import.meta.dirname;`;
}

/** A test that trains with a plugin. */
export function trainingTest(name: string, title: string): string {
  return `
test('${title}', () => {
  const folder = mkdtempSync(join(tmpdir(), '${name}-'));
  const losses = (run) => {
    const words = \`train ${name}.json --plugin ${name}.mjs --steps 200 --json --dir "\${folder}" --name \${run}\`;
    const lines = execSync(\`\${incline} \${words}\`, { cwd: here, encoding: 'utf8' }).trim().split('\\n');
    const events = lines.map((line) => JSON.parse(line));
    return events.flatMap(({ type, values }) => (type === 'metrics' ? [values.train_loss] : []));
  };
  try {
    const [first, again] = [losses('first'), losses('again')];
    assert.deepEqual(again, first);
    const mean = (part) => part.reduce((sum, loss) => sum + loss, 0) / part.length;
    assert.ok(mean(first.slice(-50)) < mean(first.slice(0, 50)));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
`;
}
