import type { RunConfig } from '../protocol/config.ts';

/** About how many seconds presets take without a pace on two cores; those left out are meant for a GPU. */
const seconds: Readonly<Record<string, number>> = {
  'yang-quick': 1,
  'li-quick': 2,
  'yang-tiny': 1,
  'ahn-step': 15,
  'bursty-context': 15,
  'bursty-fading': 25,
  'bursty-weights': 15,
  'garg-classification-small': 30,
  'garg-linear': 180,
  'garg-linear-small': 30,
  'garg-noisy-small': 40,
  'garg-quadratic-small': 30,
  'garg-relu-small': 40,
  'garg-sparse-small': 30,
  'garg-tree-small': 30,
  'li-alpha': 5,
  'li-context': 5,
  'li-context-hard': 5,
  'li-decoder': 10,
  'li-decoder-attention': 40,
  'li-decoder-length': 10,
  'li-decoder-s1': 20,
  'li-mechanism': 2,
  'li-pruning': 3,
  'markov-bigram': 25,
  'markov-few': 30,
  'markov-many': 30,
  'markov-state-space': 15,
  'modular-sums': 25,
  'raventos-few': 40,
  'raventos-many': 40,
  'repeated-induction': 20,
  'yadlowsky-mixture': 40,
  'yang-fig2a': 120,
  'yang-fig2b-small': 30,
  'yang-fig3': 30,
  'yang-fig4': 120,
  'yang-fig4-small': 2,
  'yang-fig5-small': 12,
  'yang-final-loss': 2,
};

/** About how long a preset takes where it is watched; undefined for what no processor does in an hour. */
export function secondsOf(preset: string, { train }: RunConfig): number | undefined {
  const own = seconds[preset];
  return own === undefined ? undefined : Math.max(own, train.pace > 0 ? train.steps / train.pace : 0);
}
