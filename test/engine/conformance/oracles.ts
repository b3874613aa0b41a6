import { readFileSync } from 'node:fs';

interface Stored {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export interface OptimizerRun {
  readonly rule: 'sgd' | 'adam' | 'adamw';
  readonly options: {
    readonly lr: number;
    readonly weight_decay?: number;
    readonly momentum?: number;
    readonly nesterov?: boolean;
    readonly betas?: readonly [number, number];
    readonly eps?: number;
  };
  readonly quadratic: { readonly x: Stored; readonly gradients: Stored; readonly losses: Stored };
  readonly given: { readonly x: Stored };
}

/** Update rules followed by PyTorch in float64, on a quadratic ½ xᵀMx − bᵀx and under given gradients. */
export const optimizerOracle = JSON.parse(
  readFileSync(new URL('../../fixtures/optimizers.json', import.meta.url), 'utf8'),
) as {
  readonly sizes: { readonly n: number; readonly steps: number };
  readonly inputs: Readonly<Record<'M' | 'b' | 'start' | 'given_gradients', Stored>>;
  readonly runs: Readonly<Record<string, OptimizerRun>>;
};
