import type { RandomStream } from '../../core/random.ts';
import { SymbolicTensor } from '../../graph/symbolic.ts';
import { type Axis, lengths, type Shape } from '../../graph/types.ts';
import type { Model, ModelDefinition } from '../../models/contract.ts';
import type { Estimate } from '../../protocol/events.ts';
import type {
  Evaluation,
  Forward,
  Picture,
  Probe,
  Sequence,
  Task,
  TaskDefinition,
  Training,
} from '../../tasks/contract.ts';
import { firstBad, Given, isNumbers, kindOf } from './given.ts';
import { guarded } from './guard.ts';

/** A task of a plugin: all that it gives is looked at, and all its functions are guarded. */
export function guardedTask(definition: TaskDefinition, file: string): TaskDefinition {
  const given = new Given(file, `task ${definition.name}`, definition);
  return {
    ...definition,
    create: given.function('create', {
      doing: 'set-up',
      takesSettings: true,
      take: (task) => taskOf(new Given(file, 'the task that create gave', task), definition),
    }),
  };
}

/** A model of a plugin, likewise. */
export function guardedModel(definition: ModelDefinition, file: string): ModelDefinition {
  const given = new Given(file, `model ${definition.name}`, definition);
  return {
    ...definition,
    create: given.function('create', {
      doing: 'set-up',
      takesSettings: true,
      take: (model) => modelOf(new Given(file, 'the model that create gave', model), definition),
    }),
  };
}

function taskOf(task: Given, definition: TaskDefinition): Task {
  return {
    definition,
    ...(task.has('sequence') && { sequence: sequenceOf(task.part('sequence')) }),
    sizes: task.record('sizes', (part, name) => part.number(name)),
    fixed: task.tensors('fixed'),
    theory: task.record('theory', (part, name) =>
      part.value<number>(name, 'a number', (one) => typeof one === 'number'),
    ),
    training: trainingOf(task.part('training')),
    evaluation: evaluationOf(task.part('evaluation')),
    probe: probeOf(task.part('probe')),
    ...(task.has('picture') && { picture: pictureOf(task.part('picture')) }),
  };
}

function sequenceOf(sequence: Given): Sequence {
  return {
    width: sequence.number('width', 1),
    length: sequence.number('length', 1),
    align: sequence.value('align', 'start or end', (value) => value === 'start' || value === 'end'),
    readout: sequence.function('readout', { doing: 'the readout' }),
    ...(sequence.has('outputs') && { outputs: sequence.number('outputs', 1) }),
    ...(sequence.has('sameSymbols') && {
      sameSymbols: sequence.value('sameSymbols', 'true', (value) => value === true),
    }),
    ...(sequence.has('match') && {
      match: sequence.function('match', {
        doing: 'recording what matches',
        take: (match) =>
          isSymbolic(match) ? match : sequence.refuse('match()', kindOf(match), 'a tensor of the graph'),
      }),
    }),
  };
}

function trainingOf(training: Given): Training {
  const inputs = training.function<Training['inputs']>('inputs', {
    doing: 'naming the inputs',
    take: (shapes) => shapesOf(new Given(training.file, 'what training.inputs gave', shapes)),
  });
  return {
    inputs,
    draw: training.function('draw', {
      doing: ([, , step]) => `drawing for step ${(step as number) + 1}`,
      again: ([stream]) => (stream as RandomStream).checkpoint(),
      take: (drawn, [, batch, step]) => {
        const given = new Given(training.file, `what training.draw gave for step ${(step as number) + 1}`, drawn);
        return numbersOf(given, inputs(batch as number));
      },
    }),
    loss: training.function('loss', {
      doing: 'recording the loss',
      take: (recorded) => {
        const given = new Given(training.file, 'what training.loss gave', recorded);
        return {
          loss: given.value('loss', 'a tensor of the graph', isSymbolic),
          scalars: {
            ...symbolsOf(given, 'scalars'),
            train_loss: given.part('scalars').value('train_loss', 'a tensor of the graph', isSymbolic),
          },
        };
      },
    }),
  };
}

function shapesOf(shapes: Given): Record<string, Shape> {
  const isShape = (value: unknown) =>
    Array.isArray(value) && value.every((axis: Axis) => typeof axis?.name === 'string' && Number.isInteger(axis.size));
  return shapes.entries((name) => shapes.value<Shape>(name, 'axes, each { name, size }', isShape));
}

/** The numbers for an engine's inputs: all there, as many as it takes, all finite. */
function numbersOf(drawn: Given, shapes: Readonly<Record<string, Shape>>): Record<string, Float32Array> {
  const numbers: Record<string, Float32Array> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const data = drawn.value<Float32Array>(name, 'a Float32Array', (value) => value instanceof Float32Array);
    const count = lengths(shape).reduce((product, size) => product * size, 1);
    if (data.length !== count) drawn.refuse(`${name}.length`, String(data.length), `${count} numbers`);
    const bad = firstBad(data);
    if (bad >= 0) drawn.refuse(`${name}[${indices(bad, shape)}]`, String(data[bad]), 'a finite number');
    numbers[name] = data;
  }
  return numbers;
}

/** Where an entry stands along each axis: `prompt 3, point 2`. */
function indices(entry: number, shape: Shape): string {
  let rest = entry;
  const places = [...shape].reverse().map(({ name, size }) => {
    const place = `${name} ${rest % size}`;
    rest = Math.floor(rest / size);
    return place;
  });
  return places.reverse().join(', ');
}

function evaluationOf(evaluation: Given): Evaluation {
  const { file } = evaluation;
  return {
    inputs: evaluation.tensors('inputs', true),
    outputs: evaluation.function('outputs', {
      doing: 'recording the evaluation',
      take: (outputs) =>
        symbolsOf(new Given(file, 'evaluation', { 'what outputs gave': outputs }), 'what outputs gave'),
    }),
    measure: evaluation.function('measure', {
      doing: 'the evaluation',
      take: (metrics) => estimatesOf(new Given(file, 'what evaluation.measure gave', metrics)),
    }),
    references: evaluation.tensors('references'),
    baselines: evaluation.function<Evaluation['baselines']>('baselines', {
      doing: 'a comparison',
      take: (parts) => {
        if (typeof (parts as Iterable<unknown>)?.[Symbol.iterator] !== 'function')
          return evaluation.refuse('baselines()', kindOf(parts), 'metrics, part by part: a generator or a list');
        return inParts(file, 'a comparison', parts as Iterable<unknown>, (part) =>
          estimatesOf(new Given(file, 'what evaluation.baselines gave', part)),
        );
      },
    }),
  };
}

/** The parts of a long work, each of them guarded. */
function* inParts<T, R>(
  file: string,
  doing: string,
  work: Iterable<unknown>,
  take: (part: unknown) => T,
): Generator<T, R> {
  const parts = guarded({ file, doing }, () => work[Symbol.iterator]());
  for (;;) {
    const { done, value } = guarded({ file, doing }, () => {
      const next = parts.next();
      return next.done ? { done: true, value: next.value as R } : { done: false, value: take(next.value) };
    });
    if (done) return value as R;
    yield value as T;
  }
}

function estimatesOf(metrics: Given): Record<string, Estimate> {
  return metrics.entries((name) => {
    const isNumber = (value: unknown) => value === null || typeof value === 'number';
    const one = metrics.part(name);
    one.value('mean', 'a number or null', isNumber);
    one.value('stderr', 'a number or null', isNumber);
    one.number('n', 0);
    // The very object: what it was estimated from is remembered with it.
    return metrics.any(name) as Estimate;
  });
}

function probeOf(probe: Given): Probe {
  return { inputs: probe.tensors('inputs', true), references: probe.tensors('references') };
}

function pictureOf(picture: Given): Picture {
  const isNames = (value: unknown) => Array.isArray(value) && value.every((name) => typeof name === 'string');
  return {
    activations: picture.value(picture.has('activations') ? 'activations' : 'insides', 'a list of names', isNames),
    draw: picture.function('draw', {
      doing: 'drawing the picture',
      take: (drawn) => new Given(picture.file, 'picture', { 'what draw gave': drawn }).tensors('what draw gave'),
    }),
  };
}

function modelOf(model: Given, definition: ModelDefinition): Model {
  const { file } = model;
  const parameters = model.value<Model['parameters']>('parameters', 'a list of { name, shape }', areParameters);
  return {
    definition,
    parameters,
    facts: factsOf(model.part('facts')),
    initial: model.function('initial', {
      doing: 'drawing the start values',
      again: ([stream]) => (stream as RandomStream).checkpoint(),
      take: (values) => startValues(new Given(file, 'what initial gave', values), parameters),
    }),
    holdings: model.function('holdings', { doing: 'naming what a part holds' }),
    resized: model.function('resized', { doing: 'resizing', takesSettings: true }),
    forward: model.function('forward', {
      doing: 'recording the model',
      take: (forward) => forwardOf(new Given(file, 'what forward gave', forward)),
    }),
    ...(model.has('theory') && { theory: theoryOf(model) }),
  };
}

function areParameters(value: unknown): boolean {
  const isSpec = (one: Model['parameters'][number]) => typeof one?.name === 'string' && Array.isArray(one.shape);
  return Array.isArray(value) && value.length > 0 && value.every(isSpec);
}

function factsOf(facts: Given): Model['facts'] {
  for (const name of ['layers', 'heads', 'neurons', 'parameters']) facts.number(name, 0);
  const pattern = facts.part('pattern');
  for (const name of ['rows', 'columns']) pattern.number(name, 1);
  for (const name of ['row', 'column']) pattern.value(name, 'a word', (value) => typeof value === 'string');
  return facts.whole as Model['facts'];
}

function startValues(values: Given, parameters: Model['parameters']): Record<string, Float64Array> {
  const start: Record<string, Float64Array> = {};
  for (const { name, shape } of parameters) {
    const data = values.value<Float64Array>(name, 'a Float64Array', isNumbers);
    const count = lengths(shape).reduce((product, size) => product * size, 1);
    if (data.length !== count) values.refuse(`${name}.length`, String(data.length), `${count} numbers`);
    const bad = firstBad(data);
    if (bad >= 0) values.refuse(`${name}[${bad}]`, String(data[bad]), 'a finite number');
    start[name] = data;
  }
  return start;
}

function forwardOf(forward: Given): Forward {
  return {
    predict: forward.function('predict', {
      doing: 'recording the model',
      take: (prediction) =>
        isSymbolic(prediction) ? prediction : forward.refuse('predict()', kindOf(prediction), 'a tensor of the graph'),
    }),
    ...(forward.has('mixing') && {
      mixing: forward.value<SymbolicTensor>('mixing', 'a tensor of the graph', isSymbolic),
    }),
    activations: forward.function(forward.has('activations') ? 'activations' : 'insides', {
      doing: 'recording the activations',
      take: (activations) =>
        symbolsOf(new Given(forward.file, 'forward', { 'activations()': activations }), 'activations()'),
    }),
  };
}

function theoryOf(model: Given): NonNullable<Model['theory']> {
  return model.function('theory', {
    doing: 'the theory',
    take: (work) => inParts(model.file, 'the theory', work as Iterable<unknown>, () => undefined),
  });
}

function symbolsOf(given: Given, member: string): Record<string, SymbolicTensor> {
  return given.record(member, (part, name) => part.value<SymbolicTensor>(name, 'a tensor of the graph', isSymbolic));
}

const isSymbolic = (value: unknown): value is SymbolicTensor => value instanceof SymbolicTensor;
