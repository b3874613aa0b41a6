import { command, required } from '../parser/command.ts';

export const pruneCommand = command({
  name: 'prune',
  describe:
    'Prune heads or neurons of a snapshot, or intervene on heads: what it costs, as one number or as a curve; write a smaller model',
  arguments: { file: required('a snapshot, or a run for its last one') },
  options: {
    dir: true,
    config: true,
    heads: true,
    neurons: true,
    fraction: true,
    curve: true,
    parts: true,
    by: true,
    score: true,
    order: true,
    kind: true,
    strength: true,
    graft: true,
    repeats: true,
    metric: 'metric to show, e.g. eval_loss',
    compact: true,
    set: 'path=value for the measurement, e.g. task.noise=0.1 (repeatable)',
    prompts: true,
    seed: 'seed of the held-out prompts and of random orders',
    device: true,
    threads: true,
    csv: 'print every metric of every point as CSV',
    json: true,
  },
  run: async (flags) => (await import('../pruning/prune.ts')).pruneFile(flags),
});
