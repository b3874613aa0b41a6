import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UserError } from '../../src/core/errors.ts';
import { RandomStream } from '../../src/core/random.ts';
import { type HostTensor, hostTensor, sizeOf } from '../../src/core/tensor.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { gradients } from '../../src/graph/gradient.ts';
import { lengths } from '../../src/graph/types.ts';
import { MetricCatalogue } from '../../src/metrics/catalogue.ts';
import type { Model } from '../../src/models/contract.ts';
import { knownMeasures } from '../../src/models/known/measures.ts';
import { models } from '../../src/models/registry.ts';
import type { Task, TaskContext } from '../../src/tasks/contract.ts';
import { tasks } from '../../src/tasks/registry.ts';
import { contextOf } from '../tasks/context.ts';
import { feedsOf, recordNetwork } from './network.ts';

const known = new MetricCatalogue(knownMeasures());

const definitions = [...tasks.values(), ...models.values()];

describe.each(definitions.map((definition) => [definition.name, definition] as const))(
  '%s',
  (name, { title, schema }) => {
    it('has a title, and a description and a default for every key', () => {
      expect(name).toMatch(/^[a-z0-9]+(_[a-z0-9]+)*$/);
      expect(title.length).toBeGreaterThan(0);
      const { properties } = z.toJSONSchema(schema) as {
        properties: Record<string, { description?: string; default?: unknown }>;
      };
      for (const [key, property] of Object.entries(properties)) {
        expect(key).toMatch(/^[a-z0-9]+(_[a-z0-9]+)*$/);
        expect(property.description?.length, key).toBeGreaterThan(0);
        expect(property, key).toHaveProperty('default');
      }
      expect(() => schema.parse({ no_such_key: 1 })).toThrow();
    });
  },
);

const taskOf = (name: string, seed = 0, overrides: Partial<TaskContext> = {}, settings: object = {}) => {
  const definition = tasks.get(name)!;
  return definition.create(definition.schema.parse(settings), contextOf(seed, overrides));
};

describe.each([...tasks.keys()])('task %s with its defaults', (name) => {
  it('is the same for the same seed and another for another', () => {
    const [one, same, other] = [taskOf(name, 1), taskOf(name, 1), taskOf(name, 2)];
    expect(same.fixed).toEqual(one.fixed);
    expect(same.evaluation.inputs).toEqual(one.evaluation.inputs);
    expect(same.probe).toEqual(one.probe);
    if (Object.keys(one.fixed).length > 0) expect(other.fixed).not.toEqual(one.fixed);
    expect(other.evaluation.inputs).not.toEqual(one.evaluation.inputs);
    expect(other.probe).not.toEqual(one.probe);
  });

  it('does not mix its streams: other held-out prompts leave the fixed parts alone, and the other way round', () => {
    const plain = taskOf(name);
    const moved = (which: string): TaskContext['stream'] => {
      return (stream) => RandomStream.named(stream === which ? 1 : 0, stream);
    };
    const prompts = taskOf(name, 0, { stream: moved('evaluate') });
    expect(prompts.fixed).toEqual(plain.fixed);
    expect(prompts.evaluation.inputs).not.toEqual(plain.evaluation.inputs);
    expect(prompts.probe).toEqual(plain.probe);
    const training = taskOf(name, 0, { stream: moved('train') });
    expect(training.fixed).toEqual(plain.fixed);
    expect(training.evaluation.inputs).toEqual(plain.evaluation.inputs);
    const probed = taskOf(name, 0, { stream: moved('probe') });
    expect(probed.evaluation.inputs).toEqual(plain.evaluation.inputs);
    expect(probed.probe).not.toEqual(plain.probe);
  });

  it('draws as many prompts for the probe as asked, the first ones always the same', () => {
    const [few, more] = [2, 5].map((probePrompts) => taskOf(name, 0, { probePrompts }).probe.inputs);
    for (const [input, { shape, data }] of Object.entries(few!)) {
      expect(shape[0]).toBe(2);
      expect(more![input]!.shape).toEqual([5, ...shape.slice(1)]);
      expect(more![input]!.data.slice(0, data.length)).toEqual(data);
    }
  });

  it('takes its fixed parts back from a snapshot and becomes the same task', () => {
    const task = taskOf(name);
    const restored = taskOf(name, 0, { fixed: task.fixed });
    expect(restored.fixed).toEqual(task.fixed);
    expect(restored.theory).toEqual(task.theory);
    expect(restored.evaluation.inputs).toEqual(task.evaluation.inputs);
  });

  it('has finite theory values that the catalogue knows', () => {
    for (const [metric, value] of Object.entries(taskOf(name).theory)) {
      expect(known.info(metric), metric).toBeDefined();
      expect(Number.isFinite(value)).toBe(true);
    }
  });

  it('draws numbers for all of its training inputs', () => {
    const { training } = taskOf(name);
    const shapes = training.inputs(3);
    const drawn = training.draw(RandomStream.named(0, 'train'), 3, 0);
    expect(Object.keys(drawn).sort()).toEqual(Object.keys(shapes).sort());
    for (const [input, shape] of Object.entries(shapes)) expect(drawn[input]!.length).toBe(sizeOf(lengths(shape)));
  });
});

/** Forms of a task beside its defaults, which some models need. */
const otherForms: Readonly<Record<string, object>> = { representation_regression: { training_set: 'fresh' } };

/** The pairs that fit, in the first form of the task that the model can learn; the others must be refused by a UserError. */
const pairs = [...tasks.keys()].flatMap((taskName) =>
  [...models.values()].flatMap((definition) => {
    for (const form of [{}, otherForms[taskName] ?? {}]) {
      const task = taskOf(taskName, 0, {}, form);
      try {
        const model = definition.create(definition.schema.parse({}), task);
        recordTrainingLoss(task, model);
        return [{ taskName, modelName: definition.name, task, model }];
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }
    return [];
  }),
);

function recordTrainingLoss(task: Task, model: Model) {
  const network = recordNetwork(model);
  const inputs = Object.fromEntries(
    Object.entries(task.training.inputs(3)).map(([name, shape]) => [name, network.recorder.input(name, shape)]),
  );
  return { ...network, ...task.training.loss(network.forward, inputs) };
}

it('has a model for every task and a task for every model', () => {
  expect(new Set(pairs.map(({ taskName }) => taskName))).toEqual(new Set(tasks.keys()));
  expect(new Set(pairs.map(({ modelName }) => modelName))).toEqual(new Set(models.keys()));
});

describe.each(pairs)('model $modelName on $taskName', ({ task, model, modelName }) => {
  it('states its sizes and starts every parameter from finite numbers, the same for the same seed', () => {
    const start = model.initial(RandomStream.named(0, 'init'));
    expect(Object.keys(start)).toEqual(model.parameters.map(({ name }) => name));
    let total = 0;
    for (const { name, shape } of model.parameters) {
      expect(start[name]!.length).toBe(sizeOf(lengths(shape)));
      expect(start[name]!.every(Number.isFinite)).toBe(true);
      total += start[name]!.length;
    }
    expect(model.facts.parameters).toBe(total);
    const bytes = (numbers: typeof start) =>
      Object.values(numbers).map(({ buffer }) => Buffer.from(buffer).toString('latin1'));
    expect(bytes(model.initial(RandomStream.named(0, 'init'))).join() === bytes(start).join()).toBe(true);
    expect(bytes(model.initial(RandomStream.named(1, 'init'))).join() === bytes(start).join()).toBe(false);
  });

  it('leaves the numbers of earlier heads, or neurons of a single head, alone when more are added', () => {
    const definition = models.get(modelName)!;
    const sized = (count: number) =>
      [{ heads: count }, { neurons: count, readout: 1 }].map((key) => definition.schema.safeParse(key));
    const [few, more] = [2, 4].map((count) =>
      definition.create(sized(count).find(({ success }) => success)!.data, task),
    );
    const [a, b] = [few!, more!].map((each) => each.initial(RandomStream.named(0, 'init')));
    for (const { name } of few!.parameters) expect(a![name]!.every((entry, i) => entry === b![name]![i])).toBe(true);
  });

  it('records training, evaluation and activations in shapes that agree', () => {
    const { recorder, parameters, forward, loss, scalars } = recordTrainingLoss(task, model);
    expect(loss.shape).toEqual([]);
    expect(scalars).toHaveProperty('train_loss');
    for (const [metric, scalar] of Object.entries(scalars)) {
      expect(known.info(metric), metric).toBeDefined();
      expect(scalar.shape).toEqual([]);
    }
    const slopes = gradients(loss, Object.values(parameters));
    expect(slopes.map(({ shape }) => lengths(shape))).toEqual(model.parameters.map(({ shape }) => lengths(shape)));

    const declare = (prefix: string, prompts: Readonly<Record<string, HostTensor>>) =>
      Object.fromEntries(
        Object.entries(prompts).map(([name, { shape }]) => {
          const axes = shape.map((size, i) => ({ name: `${name} axis ${i}`, size }));
          return [name, recorder.input(`${prefix}/${name}`, axes)];
        }),
      );
    const outputs = task.evaluation.outputs(forward, declare('evaluate', task.evaluation.inputs));
    const zeros = Object.fromEntries(
      Object.entries(outputs).map(([name, { shape }]) => {
        return [name, { shape: lengths(shape), data: new Float64Array(sizeOf(lengths(shape))) }];
      }),
    );
    for (const [metric, { mean }] of Object.entries(task.evaluation.measure(zeros))) {
      expect(known.info(metric), metric).toBeDefined();
      expect(Number.isFinite(mean)).toBe(true);
    }

    const { layers, heads, neurons, pattern } = model.facts;
    const activations = forward.activations(declare('probe', task.probe.inputs));
    expect(lengths(activations['attention']!.shape).slice(1)).toEqual([layers, heads, pattern.rows, pattern.columns]);
    expect(lengths(activations['head_magnitude']!.shape)).toEqual([layers, heads]);
    if (neurons > 0) expect(lengths(activations['neuron_magnitude']!.shape)).toEqual([layers, neurons]);
  });

  it('says which parameters each head and neuron alone uses, none of them twice', () => {
    const { layers, heads, neurons } = model.facts;
    const shapes = new Map(model.parameters.map(({ name, shape }) => [name, lengths(shape)]));
    for (const [kind, count] of [['head', heads] as const, ['neuron', neurons] as const]) {
      const taken = new Set<string>();
      for (let layer = 0; layer < layers; layer++) {
        for (let part = 0; part < count; part++) {
          const held = model.holdings(kind === 'head' ? { layer, head: part } : { layer, neuron: part });
          for (const { parameter, axis, from, to } of held) {
            expect(shapes.get(parameter)?.[axis], `${parameter} axis ${axis}`).toBeGreaterThanOrEqual(to);
            for (let i = from; i < to; i++) {
              const entry = `${parameter} ${axis} ${i}`;
              expect(taken.has(entry), entry).toBe(false);
              taken.add(entry);
            }
          }
        }
      }
      if (count > 0) expect(taken.size).toBeGreaterThan(0);
    }
  });

  it('predicts the same whatever a pruned head or neuron holds', async () => {
    const { recorder, outputs } = recordEvaluation(task, model);
    const start = Object.entries(model.initial(RandomStream.named(0, 'init')));
    // Nothing is zero, so that every part takes part.
    const random = RandomStream.named(0, 'numbers');
    const numbers = Object.fromEntries(start.map(([name, { length }]) => [name, noise(random, length)]));
    const engine = await loadEngine('cpu');
    const graph = recorder.finish(outputs);
    const program = await engine.compile(graph);
    const predictions = async (parameters: typeof numbers, masks: Readonly<Record<string, HostTensor>>) => {
      const feeds: Record<string, HostTensor> = { ...feedsOf(model, parameters), ...evaluationFeeds(task), ...masks };
      const needed = Object.keys(graph.inputs).map((name) => [name, engine.upload(feeds[name]!)] as const);
      const values = Object.entries(await program.run(Object.fromEntries(needed))).filter(isPrediction);
      expect(values.length).toBeGreaterThan(0);
      return Promise.all(values.map(async ([name, value]) => [name, await engine.read(value)]));
    };
    const { layers, heads, neurons } = model.facts;
    for (const [kind, count] of [['heads', heads] as const, ['neurons', neurons] as const]) {
      if (count === 0) continue;
      const [layer, part] = [layers - 1, count - 1];
      const changed = { ...numbers };
      for (const { parameter, axis, from, to } of model.holdings(
        kind === 'heads' ? { layer, head: part } : { layer, neuron: part },
      )) {
        const shape = lengths(model.parameters.find(({ name }) => name === parameter)!.shape);
        const inner = sizeOf(shape.slice(axis + 1));
        changed[parameter] = changed[parameter]!.map((value, i) => {
          const along = Math.floor(i / inner) % shape[axis]!;
          return along >= from && along < to ? value + 1 + random.uniform() : value;
        });
      }
      const mask = hostTensor([layers, count], new Float64Array(layers * count).fill(1));
      mask.data[layer * count + part] = 0;
      const open = await predictions(numbers, {});
      expect(await predictions(changed, {}), `${kind} kept`).not.toEqual(open);
      const pruned = await predictions(numbers, { [kind]: mask });
      if (count > 1) expect(pruned, `${kind} pruned`).not.toEqual(open);
      expect(await predictions(changed, { [kind]: mask }), `${kind} pruned and changed`).toEqual(pruned);
    }
    await program.dispose();
  });

  it('has a configuration for the same model with other numbers of heads and neurons', () => {
    const { layers, heads, neurons } = model.facts;
    const definition = models.get(modelName)!;
    const resized = (parts: Parameters<Model['resized']>[0]) =>
      definition.create(definition.schema.parse(model.resized(parts)), task);
    expect(resized({ heads, neurons }).parameters).toEqual(model.parameters);
    const fewer = { heads: Math.max(1, heads - 1), neurons: Math.max(0, neurons - 3) };
    const smaller = resized(fewer);
    expect(smaller.facts).toMatchObject({ layers, ...fewer });
    for (const [i, { name, shape }] of smaller.parameters.entries()) {
      const gone = lengths(model.parameters[i]!.shape);
      for (let layer = 0; layer < layers; layer++) {
        const left = [
          ...Array.from({ length: heads - fewer.heads }, (_, part) => model.holdings({ layer, head: part })),
          ...Array.from({ length: neurons - fewer.neurons }, (_, part) => model.holdings({ layer, neuron: part })),
        ];
        for (const { parameter, axis, from, to } of left.flat()) if (parameter === name) gone[axis]! -= to - from;
      }
      expect(lengths(shape), name).toEqual(gone);
    }
  });
});

/** Whether an output of an evaluation is what the model says; other measurements may look at pruned parts too. */
const isPrediction = ([name]: readonly [string, unknown]) => name.includes('prediction');

const noise = (random: RandomStream, length: number) =>
  random.fillGaussian(new Float64Array(length)).map((value) => 0.3 * value);

const evaluationFeeds = ({ evaluation }: Task) =>
  Object.fromEntries(Object.entries(evaluation.inputs).map(([name, tensor]) => [`evaluate/${name}`, tensor]));

function recordEvaluation(task: Task, model: Model) {
  const network = recordNetwork(model);
  const prompts = Object.entries(task.evaluation.inputs).map(([name, { shape }]) => {
    const axes = shape.map((size, i) => ({ name: `${name} axis ${i}`, size }));
    return [name, network.recorder.input(`evaluate/${name}`, axes)] as const;
  });
  return { ...network, outputs: task.evaluation.outputs(network.forward, Object.fromEntries(prompts)) };
}
