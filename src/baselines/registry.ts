import { averaging } from './averaging.ts';
import type { Baseline } from './contract.ts';
import { gradientDescent } from './gradient_descent.ts';
import { lasso } from './lasso.ts';
import { linearSvm } from './linear_svm.ts';
import { logistic } from './logistic.ts';
import { nearest1, nearest3 } from './nearest.ts';
import { network } from './network.ts';
import { rbfSvm } from './rbf_svm.ts';
import { leastSquares, ridge } from './ridge.ts';
import { tree } from './tree.ts';
import { zero } from './zero.ts';

/** Every baseline, by the name metrics give it. */
export const baselines: ReadonlyMap<string, Baseline> = new Map(
  [
    zero,
    averaging,
    leastSquares,
    ridge,
    lasso,
    nearest1,
    nearest3,
    gradientDescent,
    tree,
    network,
    logistic,
    linearSvm,
    rbfSvm,
  ].map((baseline) => [baseline.name, baseline]),
);
