import type { z } from 'zod';
import type { Task, TaskContext, TaskDefinition } from '../contract.ts';
import { type curriculumKey, curriculumOf } from './curriculum.ts';
import { functionEvaluation, functionProbe } from './evaluation.ts';
import type { FunctionClass } from './function_class.ts';
import { drawPrompts, readout, tokenCount } from './prompts.ts';
import { type ShiftName, shiftOf } from './shifts.ts';
import { functionTheory } from './theory.ts';
import { functionTraining } from './training.ts';

interface Settings {
  readonly curriculum: z.infer<typeof curriculumKey>;
  readonly shift?: ShiftName;
  readonly shift_factor?: number;
}

/** The task of learning a class of functions from examples: prompts x1, y1, x2, …, every label to be predicted. */
export function functionTask<P>(
  definition: TaskDefinition<P>,
  functions: FunctionClass,
  settings: Settings,
  context: TaskContext,
): Task {
  const { dim, points, power, noise } = functions;
  const curriculum = curriculumOf(settings.curriculum, functions);
  const held = context.stream('evaluate');
  const shift = shiftOf(settings.shift ?? 'none', { dim, points, power, factor: settings.shift_factor ?? 1 }, held);
  const heldOut = drawPrompts(functions, context.evaluationPrompts, held, { shift });
  return {
    definition,
    sequence: { width: dim, length: tokenCount(points), align: 'start', readout },
    sizes: { dim, points, noise },
    fixed: {},
    theory: functionTheory(functions, context.loss),
    training: functionTraining(functions, context.loss, curriculum),
    evaluation: functionEvaluation(functions, context.loss, heldOut, shift.positions ?? points),
    probe: functionProbe(drawPrompts(functions, context.probePrompts, context.stream('probe'))),
  };
}
