/** A small run of a task that a plugin brings under the name `mine`. */
export const configuration = {
  task: { name: 'mine', dim: 1, points: 4 },
  model: { name: 'decoder', width: 8, mlp_width: 8, heads: 1, layers: 1 },
  train: { steps: 4000, batch: 4, unroll: 2, schedule: 'constant', warmup_steps: 0 },
  evaluate: { every: 20, prompts: 20 },
  probe: { prompts: 2 },
  threads: 1,
};

/** A class of functions; `late` grows with every draw. */
export const functions = (members: string, before = '') => `let late = 0;
${before}
const lines = {
  kind: 'regression', power: 1, references: [{ name: 'zero' }],
  ${members}
};
export const task = ({ z, functionKeys, functionTask }) =>
  functionTask({ name: 'mine', title: 'Mine', schema: z.strictObject(functionKeys(4)), functions: () => lines });
`;
/** Draws lines, and does something else once training is under way. */
export const draw = (otherwise: string) =>
  functions(`draw(stream) {
    const a = stream.uniform();
    if (++late > 800) ${otherwise};
    return ([x]) => a * x;
  }`);
export const label = (otherwise: string) => functions(`draw: () => ([x]) => ++late > 4000 ? ${otherwise} : x`);
/** A task of the program with some of its members changed. */
export const task = (changes: string) => `let late = 0;
export const task = ({ tasks, hostTensor }) => {
  const known = tasks.get('linear_regression');
  const changed = (task) => (${changes});
  return { ...known, name: 'mine', title: 'Mine', create: (...given) => changed(known.create(...given)) };
};
`;
export const training = (change: string) =>
  task(`{ ...task, training: { ...task.training, draw(...given) {
    const drawn = task.training.draw(...given);
    return ++late > 200 ? ${change} : drawn;
  } } }`);
export const model = (changes: string) => `
export const model = ({ models }) => {
  const known = models.get('decoder');
  const changed = (model) => (${changes});
  return { ...known, name: 'mine', title: 'Mine', create: (...given) => changed(known.create(...given)) };
};
${functions('draw: () => ([x]) => x')}`;

/** A task of tokens under the same name; `late` grows with every draw. */
export const tokens = (members: string) => `let late = 0;
const sequences = {
  ${members}
};
export const task = ({ z, tokenKeys, tokenTask }) =>
  tokenTask({
    name: 'mine',
    title: 'Mine',
    schema: z.strictObject({ dim: z.any(), points: z.any(), ...tokenKeys({ vocabulary: 3, length: 4 }) }),
    sequences: () => sequences,
  });
`;
