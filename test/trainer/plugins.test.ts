import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { hostTensor } from '../../src/core/tensor.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import { setPluginPatience } from '../../src/trainer/plugins/guard.ts';
import { loadPlugin } from '../../src/trainer/plugins/plugins.ts';
import { drawBatches } from '../../src/trainer/session/batches.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { configuration, draw, functions, label, model, task, tokens, training } from '../plugins.ts';

const folder = mkdtempSync(join(tmpdir(), 'incline-plugins-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Loads a plugin and does all that a run would: sets up, starts, draws and measures until something is late. */
async function use(text: string, name: string): Promise<string> {
  const file = join(folder, `${name}.js`);
  writeFileSync(file, text.replaceAll(`'mine'`, `'${name}'`));
  await loadPlugin(file);
  const brings = text.includes('export const model');
  const raw = {
    ...configuration,
    task: { ...configuration.task, name },
    model: brings ? { name } : configuration.model,
  };
  const { config } = resolveConfig(raw, 'a test', []);
  const experiment = createExperiment(config, 'a test');
  experiment.model.initial(RandomStream.named(0, 'init'));
  for (let step = 0; step < 400; step++) {
    drawBatches(experiment.task, 4, { random: RandomStream.named(step, 'train').state(), step, count: 1 });
  }
  const { prompts } = config.evaluate;
  const prediction = hostTensor([prompts, 4], new Float32Array(4 * prompts));
  for (let i = 0; i < 10; i++) experiment.task.evaluation.measure({ prediction });
  return file;
}

let count = 0;
setPluginPatience(0.5);

it.each<[string, string, RegExp]>([
  [
    'throws what cannot be written',
    draw('throw Object.create(null)'),
    /drawing for step \d+ failed \(\[Object: null prototype\] \{\}\)/,
  ],
  ['gives infinity', label('1 / 0'), /the label of point \d of prompt \d is Infinity/],
  ['gives what no float32 holds', label('1e300'), /the label of point \d of prompt \d is 1e\+300/],
  ['gives an array', label('[x]'), /the label of point \d of prompt \d is \[/],
  ['gives a text', label(`'3'`), /the label of point \d of prompt \d is "3"/],
  ['gives nothing', label('undefined'), /the label of point \d of prompt \d is undefined/],
  ['draws no function', draw('return 3'), /draw\(\) is 3; expected a function from an input to its label/],
  ['draws a promise', functions('draw: () => ++late > 800 ? Promise.resolve() : ([x]) => x'), /draw\(\) is a promise/],
  [
    'lacks an input',
    training('{ tokens: drawn.tokens }'),
    /what training\.draw gave for step \d+\.target is missing; expected a Float32Array/,
  ],
  ['gives a list', training('{ ...drawn, target: [...drawn.target] }'), /target is a list; expected a Float32Array/],
  [
    'measures no numbers',
    task(
      `{ ...task, evaluation: { ...task.evaluation, measure: (outputs) => ++late > 3 ? { error: 3 } : task.evaluation.measure(outputs) } }`,
    ),
    /what evaluation\.measure gave\.error is 3; expected an object/,
  ],
  [
    'has a task that is a promise',
    'export const task = async () => ({});',
    /task is no object but a promise; expected a definition/,
  ],
  ['has no draw', functions(''), /what functions gave\.draw is missing; expected a function that draws one/],
  [
    'has a power that is none',
    functions('draw: () => ([x]) => x, power: -1'),
    /power is -1; expected a finite number from 0 on/,
  ],
  [
    'has no kind',
    functions(`draw: () => ([x]) => x, kind: 'regresion'`),
    /kind is the text "regresion"; expected regression or classification/,
  ],
  [
    'has no references',
    functions('draw: () => ([x]) => x, references: undefined'),
    /references is missing; expected a list, \[\] for none/,
  ],
  [
    'has an unknown reference',
    functions(`draw: () => ([x]) => x, references: [{ name: 'nearest' }]`),
    /references\[0\]\.name is the text "nearest"; expected one of zero, averaging/,
  ],
  [
    'has a best predictor that is none',
    functions(`draw: () => ([x]) => x, optimal: 'ridge'`),
    /optimal is the text "ridge"; expected a name of `expected`, which is empty/,
  ],
  [
    'gives no class',
    functions('').replace('() => lines', '() => undefined'),
    /what functions gave is missing; expected an object/,
  ],
  [
    'gives functionTask no functions',
    functions('').replace('functions: () => lines', ''),
    /what functionTask was given\.functions is missing; expected a function/,
  ],
  ['gives no task', task('undefined'), /the task that create gave is missing; expected an object/],
  [
    'has no training',
    task('{ ...task, training: undefined }'),
    /the task that create gave\.training is missing; expected an object/,
  ],
  [
    'has a loss that is none',
    task('{ ...task, training: { ...task.training, loss: 3 } }'),
    /training\.loss is 3; expected a function/,
  ],
  [
    'records no loss',
    task('{ ...task, training: { ...task.training, loss: () => ({}) } }'),
    /what training\.loss gave\.loss is missing; expected a tensor of the graph/,
  ],
  [
    'has prompts that are no numbers',
    task(
      '{ ...task, evaluation: { ...task.evaluation, inputs: { tokens: hostTensor([1, 1, 1], Float32Array.of(NaN)) } } }',
    ),
    /inputs\.tokens\.data\[0\] is NaN; expected a finite number/,
  ],
  [
    'has a tensor that is none',
    task('{ ...task, fixed: { basis: [1, 2] } }'),
    /fixed\.basis is a list; expected a tensor, as hostTensor makes them/,
  ],
  [
    'predicts nothing',
    model(`{ ...model, forward: (...given) => ({ ...model.forward(...given), predict: () => 3 }) }`),
    /what forward gave\.predict\(\) is 3; expected a tensor of the graph/,
  ],
  [
    'starts with numbers that are none',
    model(
      `{ ...model, initial: (...given) => ({ ...model.initial(...given), 'head/W': undefined, [model.parameters[0].name]: [1] }) }`,
    ),
    /what initial gave\.\S+ is a list; expected a Float64Array/,
  ],
  [
    'has no facts',
    model('{ ...model, facts: undefined }'),
    /the model that create gave\.facts is missing; expected an object/,
  ],
  ['loops for ever while it loads', 'for (;;);', /no step for [\d.]+ s: loading hangs in .*\.js/],
  [
    'waits for ever while it loads',
    'await new Promise(() => setInterval(() => {}, 100).unref()); export const task = 1;',
    /no step for [\d.]+ s: loading hangs in .*\.js/,
  ],
  [
    'loops for ever in its function',
    'export const task = () => { for (;;); };',
    /no step for [\d.]+ s: its function task hangs in/,
  ],
  [
    'has a mistake in its syntax',
    'export const task = 1;\nconst a = ;',
    /\.js:2: this plugin does not load \(SyntaxError: Unexpected token ';'\)/,
  ],
  ['imports what is not there', `import './gone.js';`, /does not load \(Error: Cannot find module/],
  [
    'has no power',
    functions('draw: () => ([x]) => x, power: undefined'),
    /what functions gave\.power is missing; expected a finite number/,
  ],
  [
    'has labels that are no numbers from the start',
    functions('draw: () => () => NaN'),
    /\.js:5: set-up: the label of point 0 of prompt 0 is NaN/,
  ],
  [
    'draws symbols that there are not',
    tokens('draw: (stream, count) => Array(count).fill(++late > 800 ? 3 : 0)'),
    /\.js:3: drawing for step \d+: symbol 0 of sequence \d is 3; expected a whole number from 0 to 2/,
  ],
  ['draws no sequence', tokens('draw: () => undefined'), /\.js:3: set-up: sequence 0 has no symbols; expected 5/],
  ['has no draw of tokens', tokens(''), /what sequences gave\.draw is missing; expected a function that draws a seq/],
  ['has half an order', tokens('draw: () => [], order: 0.5'), /order is 0\.5; expected a whole number from 1 on/],
  [
    'has a predictor that is none',
    tokens('draw: () => [], predictors: { a: 1 }'),
    /predictors\.a is 1; expected a func/,
  ],
])('a plugin that %s is refused by the name of its file, in its own words', async (_, text, message) => {
  const name = `mine${++count}`;
  const refused = await use(text, name).then(
    () => undefined,
    (error: Error) => error,
  );
  expect(refused).toMatchObject({ name: 'UserError' });
  expect(refused!.message).toMatch(message);
  expect(refused!.message).toContain(join(folder, `${name}.js`));
});

it('a plugin that is as it should be is not', async () => {
  await expect(use(functions('draw: () => ([x]) => x'), `mine${++count}`)).resolves.toMatch(/js$/);
});
