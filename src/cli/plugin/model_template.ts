import { testHead, trainingTest } from './task_template.ts';

/** A model of one's own that works: module, configuration and test, by the ending of their names. @param incline how the program is started */
export const modelTemplate = (name: string, incline: string): Readonly<Record<string, string>> => ({
  '.mjs': `// A model for incline: one head of attention over pairs (x, y) that learns which examples count.
//
//     ${incline} train ${name}.json --plugin ${name}.mjs
//     node --test ${name}.test.mjs
//
// prediction = Σ_i softmax_i(x_qᵀ A x_i) y_i. The forward pass is written with symbolic tensors: gradients, optimizers, engines,
// snapshots and the screen come by themselves.

/** @param {string} name */
const one = (name) => ({ name, size: 1 });

/** @type {import('incline-icl').ModelPlugin} */
export const model = ({ z, UserError }) => ({
  name: '${name}', // "model": { "name": … } of a configuration
  title: 'Attention with a learned metric', // on screens and in lists
  schema: z.strictObject({
    init_std: z.number().min(0).default(0.1).describe('Standard deviation of the entries of A at the start'),
  }),
  create(settings, task) {
    if (task.sequence?.align !== 'end') {
      throw new UserError({ what: 'this model reads pairs and a query', fix: 'set task.name to pair_regression' });
    }
    const dim = task.sequence.width - 1; // a token is an input and its label
    const count = task.sequence.length - 1; // the last token is the query, its label 0
    const key = { name: 'key', size: dim };
    const query = { name: 'query', size: dim };

    /**
     * @param {import('incline-icl').SymbolicTensor} tokens [prompt, token, input and label]
     * @param {import('incline-icl').SymbolicTensor} A [input, input]
     * @param {{ heads: import('incline-icl').SymbolicTensor }} masks 1 for what is kept, 0 for what is pruned [layer, head]
     */
    function attend(tokens, A, masks) {
      const [prompt] = tokens.shape;
      const example = { name: 'example', size: count };
      const pairs = tokens.slice(1, 0, count);
      const inputs = pairs.slice(2, 0, dim);
      const labels = pairs.slice(2, dim, dim + 1);
      const asked = tokens.slice(1, count, count + 1).slice(2, 0, dim).reshape([prompt, query]);
      const sought = asked.matmul(A).reshape([prompt, one('query'), key]);
      const pattern = sought.matmul(inputs.transposed()).softmax();
      // A pruned head gives 0.
      const kept = masks.heads.reshape([one('head')]);
      const prediction = pattern.matmul(labels).reshape([prompt, one('query')]).mul(kept);
      return { prediction, pattern: pattern.reshape([prompt, one('layer'), one('head'), one('query'), example]) };
    }

    return {
      parameters: [{ name: 'A', shape: [query, key] }], // names in snapshots, after params/
      facts: {
        layers: 1,
        heads: 1,
        neurons: 0,
        resizable: false,
        parameters: dim * dim,
        pattern: { rows: 1, columns: count, row: 'query', column: 'example' },
      },
      // Take every random number from \`stream\`.
      initial: (stream) => ({
        A: stream.fillGaussian(new Float64Array(dim * dim)).map((entry) => settings.init_std * entry),
      }),
      // What a head alone uses: frozen while it is pruned.
      holdings: (address) => ('head' in address ? [{ parameter: 'A', axis: 0, from: 0, to: dim, output: true }] : []),
      resized: () => settings,
      forward: (_, { A }, masks) => ({
        predict: ({ tokens }) => attend(tokens, A, masks).prediction,
        activations({ tokens }) {
          const { prediction, pattern } = attend(tokens, A, masks);
          const size = A.square().sum([0, 1]).sqrt().reshape([one('layer'), one('head')]);
          return { attention: pattern, head_magnitude: size, prediction };
        },
      }),
    };
  },
});
`,
  '.json': `{
  "title": "A learned metric for regression in context",
  "task": { "name": "pair_regression", "dim": 3, "examples": 12, "noise": 0.1 },
  "model": { "name": "${name}" },
  "train": { "learning_rate": 0.02, "steps": 500, "batch": 64 }
}
`,
  '.test.mjs': `${testHead(name, incline)}
${trainingTest(name, 'it learns, and the same seed gives the same losses')}`,
});
