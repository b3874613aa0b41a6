import type { z } from 'zod';
import { requireRoom } from '../bounds/room.ts';
import type { Task, TaskContext, TaskDefinition } from '../contract.ts';
import { type curriculumKey, curriculumOf } from './curriculum.ts';
import { functionEvaluation, functionProbe } from './evaluation.ts';
import type { FunctionClass } from './function_class.ts';
import { functionMeasures } from './measures.ts';
import { drawPrompts, sequenceOf } from './prompts.ts';
import { type ShiftName, shiftOf } from './shifts.ts';
import { functionTheory } from './theory.ts';
import { functionTraining } from './training.ts';

export interface FunctionSettings {
  readonly dim: number;
  readonly points: number;
  readonly curriculum: z.infer<typeof curriculumKey>;
  readonly shift?: ShiftName;
  readonly shift_factor?: number;
}

export interface FunctionTask<S extends FunctionSettings> extends Omit<TaskDefinition<S>, 'create'> {
  /** @throws UserError when the settings cannot go together */
  functions(settings: S): Omit<FunctionClass, 'dim' | 'points' | 'noise'> & { readonly noise?: number };
}

/** The task of learning a class of functions from examples: prompts x1, y1, x2, …, every label to be predicted. */
export function functionTask<S extends FunctionSettings>({
  functions,
  ...description
}: FunctionTask<S>): TaskDefinition<S> {
  const { metrics = [], charts = [] } = description;
  const definition: TaskDefinition<S> = {
    ...description,
    metrics: [...metrics, ...functionMeasures.metrics],
    charts: [...(functionMeasures.charts ?? []), ...charts],
    create(settings, context) {
      const { dim, points } = settings;
      return taskOf(definition, { noise: 0, ...functions(settings), dim, points }, settings, context);
    },
  };
  return definition;
}

function taskOf<S extends FunctionSettings>(
  definition: TaskDefinition<S>,
  functions: FunctionClass,
  settings: S,
  context: TaskContext,
): Task {
  const { dim, points, power, noise, weights = dim } = functions;
  const prompts = context.evaluationPrompts + context.probePrompts;
  requireRoom({
    numbers: prompts * (2 * points * dim + weights),
    multiplications: prompts * points * weights,
    settings: ['evaluate.prompts', 'task.points', 'task.dim', ...(functions.weights ? ['the size of a function'] : [])],
  });
  const curriculum = curriculumOf(settings.curriculum, functions);
  const held = context.stream('evaluate');
  const shift = shiftOf(settings.shift ?? 'none', { dim, points, power, factor: settings.shift_factor ?? 1 }, held);
  const heldOut = drawPrompts(functions, context.evaluationPrompts, held, { shift });
  return {
    definition,
    sequence: sequenceOf(dim, points),
    sizes: { dim, points, noise },
    fixed: {},
    theory: functionTheory(functions, context.loss),
    training: functionTraining(functions, context.loss, curriculum),
    evaluation: functionEvaluation(functions, context.loss, heldOut, shift.positions ?? points),
    probe: functionProbe(drawPrompts(functions, context.probePrompts, context.stream('probe'))),
  };
}
