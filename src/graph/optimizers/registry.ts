import { adam } from './adam.ts';
import { adamw } from './adamw.ts';
import type { Optimizer } from './contract.ts';
import { momentum } from './momentum.ts';
import { sgd } from './sgd.ts';

export const optimizers = { sgd, momentum, adam, adamw } satisfies Readonly<Record<string, Optimizer>>;
