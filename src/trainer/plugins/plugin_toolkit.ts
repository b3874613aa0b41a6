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
import { tokenKeys } from '../../tasks/tokens/task.ts';
import { functionTaskOf } from './function_classes.ts';
import { tokenTaskOf } from './sequence_classes.ts';

/**
 * What a plugin is given to build on, wherever its file lies: schemas (`z`), the tasks and models that there are, ready
 * frames for classes of functions and of sequences, and the pieces that contracts speak of.
 */
export const toolkitOf = (file: string) => ({
  z,
  tasks,
  models,
  functionKeys,
  functionTask: functionTaskOf(file),
  tokenKeys,
  tokenTask: tokenTaskOf(file),
  hostTensor,
  concat,
  estimate,
  exactly,
  crossEntropy,
  symbolsTensor,
  RandomStream,
  UserError,
});
