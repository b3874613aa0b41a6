import { testHead, trainingTest } from './task_template.ts';

/** A task of tokens of one's own that works: module, configuration and test, by the ending of their names. @param incline how the program is started */
export const tokenTemplate = (name: string, incline: string): Readonly<Record<string, string>> => ({
  '.mjs': `// A task for incline: sequences of symbols that a model learns to continue, each by a rule that its first symbols show.
//
//     ${incline} train ${name}.json --plugin ${name}.mjs
//     node --test ${name}.test.mjs
//
// Symbols are the numbers 0 … vocabulary − 1, and a token is one of them, one-hot. After every symbol of a sequence the model
// predicts the next one. The loss is the mean cross-entropy over all positions, in nats.

/**
 * Draws one sequence: from any symbol on in equal strides, around the end. Take every random number from \`stream\`: only then
 * does a run repeat itself.
 * @param {import('incline-icl').RandomStream} stream
 * @param {number} count symbols that are wanted: those that are shown and one more
 * @param {{ vocabulary: number, strides: number }} settings
 * @returns {number[]} whole numbers from 0 to vocabulary − 1
 */
export function drawStrides(stream, count, { vocabulary, strides }) {
  const first = stream.integer(vocabulary);
  const stride = 1 + stream.integer(strides);
  return Array.from({ length: count }, (_, t) => (first + t * stride) % vocabulary);
}

/**
 * What could be predicted without training: any stride after one symbol, after two the same stride again.
 * @param {Uint16Array} seen the symbols so far, at least one
 * @param {{ vocabulary: number, strides: number }} settings
 * @returns {number[]} a share for every symbol, of sum 1
 */
export function sameStride(seen, { vocabulary, strides }) {
  const last = seen[seen.length - 1];
  const before = seen[seen.length - 2];
  const known = before === undefined ? undefined : (last - before + vocabulary) % vocabulary;
  return Array.from({ length: vocabulary }, (_, symbol) => {
    const stride = (symbol - last + vocabulary) % vocabulary;
    if (known !== undefined) return stride === known ? 1 : 0;
    return stride >= 1 && stride <= strides ? 1 / strides : 0;
  });
}

/** @type {import('incline-icl').TaskPlugin} */
export const task = ({ z, tokenKeys, tokenTask, UserError }) =>
  tokenTask({
    name: '${name}', // "task": { "name": … } of a configuration
    title: 'Equal strides', // on screens and in lists
    predictors: { same_stride: 'the same stride again' }, // titles of what is returned below
    // Keys of the section "task": vocabulary and length (symbols shown) come from tokenKeys, with these defaults; add your own.
    schema: z.strictObject({
      ...tokenKeys({ vocabulary: 12, length: 16 }),
      strides: z.number().int().min(1).default(4).describe('Strides that there are: 1, 2, …'),
    }),
    sequences(settings) {
      if (settings.strides >= settings.vocabulary) {
        const what = \`task.strides is \${settings.strides} of \${settings.vocabulary} symbols\`;
        throw new UserError({ what, expected: 'fewer than task.vocabulary' });
      }
      return {
        draw: (stream, count) => drawStrides(stream, count, settings),
        // What a head attends to for it, drawn on screens: keys before which the last symbol stood (order 2: the last two).
        order: 1,
        // To compare with. The share of the symbol that comes must be more than 0.
        predictors: { same_stride: (seen) => sameStride(seen, settings) },
      };
    },
  });
`,
  '.json': `{
  "title": "Equal strides continued in context",
  "task": { "name": "${name}" },
  "model": { "name": "decoder", "layers": 2, "heads": 4, "width": 32, "mlp_width": 64, "init_std": 0.1, "init_ends": "uniform" },
  "train": { "learning_rate": 0.003, "schedule": "linear", "warmup_steps": 100, "steps": 1000, "batch": 64 }
}
`,
  '.test.mjs': `${testHead(name, incline)}
import { drawStrides, sameStride } from './${name}.mjs';

test('two symbols tell all that follow', () => {
  const settings = { vocabulary: 7, strides: 3 };
  const stream = { integer: (bound) => Math.floor(bound * Math.random()) };
  for (let i = 0; i < 100; i++) {
    const symbols = drawStrides(stream, 9, settings);
    for (let t = 2; t < symbols.length; t++) assert.equal(sameStride(symbols.slice(0, t), settings)[symbols[t]], 1);
  }
});
${trainingTest(name, 'the same seed gives the same losses, and they fall')}`,
});
