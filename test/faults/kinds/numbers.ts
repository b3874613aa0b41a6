import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireOneLine, wholeJournal } from '../checks.ts';
import { pick } from '../common.ts';
import type { Fault } from '../fault.ts';

export const divergence: Fault = {
  name: 'divergence',
  injected: 'learning rates with which training diverges, at once or after a while',
  expected: 'the run ends, its last finite state is saved, one line says what to try, status 2',
  async begin(stage) {
    return async (stream) => {
      const name = stage.freshName();
      const rate = 10 ** (4 + 30 * stream.uniform());
      const optimizer = pick(stream, ['sgd', 'momentum', 'adam']);
      const settings = [
        `train.learning_rate=${rate}`,
        `train.optimizer=${optimizer}`,
        'train.pace=0',
        'train.schedule=constant',
      ];
      const words = settings.flatMap((setting) => ['--set', setting]);
      const program = await stage.run(...stage.headless(name, 200, ...words));
      if (program.status === 0) return;
      assert.equal(program.status, 2, program.err);
      requireOneLine(program.err, /diverge|learning rate|finite|train\.learning_rate/);
      if (program.err.includes('train.learning_rate')) return;
      const last = (await wholeJournal(stage.runFolder(name))).at(-1);
      assert.equal(last?.type, 'run_finished', `the journal ends with ${last?.type}`);
    };
  },
};

/** A task of the user's own whose labels stop being numbers, or that throws, after so many prompts. */
const plugin = (after: number, fault: string): string => `
let drawn = 0;
const f = { kind: 'regression', power: 1, references: [{ name: 'zero' }], draw: (s) => {
  const a = s.uniform();
  const late = ++drawn > ${after};
  return ([x]) => { if (late) { ${fault} } return a * x; };
} };
export const task = ({ z, functionKeys, functionTask }) =>
  functionTask({ name: 'late', title: 'Late', schema: z.strictObject(functionKeys(6)), functions: () => f });
`;

const wrongs = ['return NaN;', 'return Infinity;', 'return undefined;', "throw new Error('late');", "throw 'a text';"];

export const notNumbers: Fault = {
  name: 'nan',
  injected:
    "a task of the user's own whose labels are no numbers any more, or that throws, after any number of prompts",
  expected: 'the run ends, saved, status 2, and one line names the task, not incline',
  async begin(stage) {
    const config = {
      task: { name: 'late', dim: 1 },
      model: { name: 'decoder', width: 8, mlp_width: 8, heads: 2, layers: 1 },
      train: { learning_rate: 0.003, steps: 200, batch: 8 },
      evaluate: { every: 50, prompts: 20 },
    };
    writeFileSync(join(stage.folder, 'late.json'), JSON.stringify(config));
    return async (stream) => {
      const name = stage.freshName();
      stage.touch(name);
      writeFileSync(join(stage.folder, 'late.mjs'), plugin(stream.integer(1500), pick(stream, wrongs)));
      const words = ['--plugin', 'late.mjs', '--headless', '--threads', '1', '--device', 'cpu', '--name', name];
      const program = await stage.run('train', 'late.json', ...words);
      assert.equal(program.status, 2, program.err);
      requireOneLine(program.err, /late/);
      assert(!/lower learning rate/.test(program.err), `blames the rate: ${program.err}`);
    };
  },
};
