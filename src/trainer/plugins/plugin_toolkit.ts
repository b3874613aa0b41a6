import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import { RandomStream } from '../../core/random.ts';
import { hostTensor } from '../../core/tensor.ts';
import { concat } from '../../graph/symbolic.ts';
import { estimate, exactly } from '../../metrics/estimate.ts';
import { models } from '../../models/registry.ts';
import { functionKeys } from '../../tasks/functions/keys.ts';
import { tasks } from '../../tasks/registry.ts';
import { crossEntropy } from '../../tasks/tokens/cross_entropy.ts';
import { symbolsTensor } from '../../tasks/tokens/symbols.ts';
import { functionTaskOf } from './function_classes.ts';

/**
 * What a plugin is given to build on, wherever its file lies: schemas (`z`), the tasks and models that there are, a ready
 * frame for classes of functions, and the pieces that contracts speak of.
 */
export const toolkitOf = (file: string) => ({
  z,
  tasks,
  models,
  functionKeys,
  functionTask: functionTaskOf(file),
  hostTensor,
  concat,
  estimate,
  exactly,
  crossEntropy,
  symbolsTensor,
  RandomStream,
  UserError,
});
