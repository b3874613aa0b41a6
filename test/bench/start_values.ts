import { RandomStream } from '../../src/core/random.ts';
import type { Experiment } from '../../src/trainer/contract/session.ts';

/** Start values of the parameters, as a run with this configuration has them. */
export const startValues = ({ config, model }: Experiment) => model.initial(RandomStream.named(config.seed, 'init'));
