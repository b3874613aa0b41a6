import { deviceNames } from '../../protocol/device_names.ts';
import { activationKinds, measuredKinds } from '../../protocol/interventions.ts';
import { orders, scoreNames } from '../../pruning/names.ts';
import type { Option, OptionValue } from './option.ts';

const off = (describe: string) => ({ kind: 'switch', describe, default: false }) as const;
const on = (describe: string) => ({ kind: 'switch', describe, default: true }) as const;
const text = (describe: string, example: string) => ({ kind: 'text', describe, example }) as const;
const number = (describe: string, example: string) => ({ kind: 'number', describe, example }) as const;
const list = (describe: string, example: string) => ({ kind: 'list', describe, example }) as const;
const choice = <const C extends readonly string[]>(describe: string, choices: C) =>
  ({ kind: 'choice', describe, choices }) as const;

const curveValues = 'path=FROM:TO:STEP, path=FROM:TO:xFACTOR or path=A,B,C';

/** Every option of every command: in camel case here, with dashes on the command line. */
export const optionTable = {
  account: text('account that Slurm charges', 'my-group'),
  all: off('every live run there'),
  arrayLimit: number('most runs at a time on the cluster', '20'),
  attention: off('add the attention patterns (with --json)'),
  baselines: on('measure baselines too; --no-baselines saves their time'),
  budget: number('seconds after which each run ends', '600'),
  by: choice('short for --score or --order', ['magnitude', 'random', 'largest', 'attention', 'gradient']),
  cast: text('file to write a recording of the screen to instead (asciicast v3)', 'run.cast'),
  check: off('exit 2 when one is not'),
  columns: text('setting whose values stand across', 'task.noise'),
  compact: text('file to write a smaller snapshot to, without what is pruned', 'small.safetensors'),
  config: text('run, preset or file that gives the configuration of a snapshot that lost its own', 'my-run'),
  cpus: number('cores of each run on the cluster (1)', '4'),
  csv: off('print comma-separated values'),
  curve: text('fractions from:to:step, e.g. 0:0.4:0.05 (the default)', '0:0.4:0.05'),
  detach: off('start in the background and return'),
  device: choice('engine to compute on', deviceNames),
  dir: text('folder that holds run folders (snapshots)', 'snapshots'),
  draws: { ...number('average over so many seeds', '10'), default: 1 },
  dryRun: off('say what would be trained, and train nothing'),
  everywhere: off('those of other folders too'),
  figure: choice('what --svg and --png draw (curves)', ['curves', 'values', 'heatmap']),
  figures: text('folder of results from which to take the figures of .docs/reproduce.md', 'reproduced'),
  force: off('with these: take the run over at once from a trainer on another host, which ends'),
  fraction: number('fraction of every layer to prune, e.g. 0.2', '0.2'),
  from: text('with --rerun: earlier snapshot to begin with', 'snapshots/RUN/step-00000100.safetensors'),
  full: off('at the sizes of the papers: hours, or a cluster'),
  graft: text(
    'give heads the weights that they have in that snapshot or run, instead of pruning them; with --kind, what they compute there',
    'snapshots/RUN',
  ),
  gres: text('what each run takes besides, such as a GPU', 'gpu:1'),
  grid: { ...list(`${curveValues}: every combination (repeatable)`, 'model.heads=4,8,16'), default: [] },
  group: {
    ...list('runs that agree in this setting stand as one, as mean and spread over seeds (repeatable)', 'model.heads'),
    default: [],
  },
  headless: off('plain text progress, no screen'),
  heads: text('heads to prune, e.g. L0H3,L1H0-2', 'L0H3,L1H0-2'),
  help: { kind: 'switch', describe: 'Show help' },
  inPlace: off('with --resume: continue in the same run; its later steps no longer count'),
  jobs: number('runs at a time (one a core)', '2'),
  json: off('print one JSON object'),
  kind: choice('what to do to heads: removing prunes, another kind leaves them in', [
    ...measuredKinds,
    ...activationKinds,
  ]),
  latex: off('print a LaTeX table'),
  log: {
    ...list('log for other programs: tensorboard (in the folder of the run) or jsonl:PATH (repeatable)', 'tensorboard'),
    default: [],
  },
  lock: text('lock of the process that starts it, to take over', '1b4e28ba-2fa1-11d2-883f-0016d3cca427'),
  markdown: off('print a Markdown table'),
  mask: text(
    'heads and neurons to prune or restore, interventions on heads, e.g. "-L0H3,-L1N4-9,L0H1=mean*0.5"',
    '-L0H3',
  ),
  mem: text('memory of each run on the cluster', '4G'),
  metric: text('which value to draw', 'eval_loss'),
  name: text('name of the run', 'my-run'),
  neurons: text('neurons to prune, e.g. L0N1-9,L2N17', 'L0N1-9'),
  nice: number('niceness of the runs, 0 to 19 (5)', '10'),
  on: { ...choice('where: this machine, or a cluster by Slurm', ['local', 'slurm']), default: 'local' },
  order: choice('which go first; a curve shows all orders unless told', orders),
  out: text('file to write; beside the snapshot unless said', 'model.onnx'),
  over: {
    ...list(`${curveValues}: draw a curve over that setting (repeatable)`, 'task.noise=0.01,0.1,1'),
    default: [],
  },
  partition: text('partition of the cluster', 'short'),
  parts: choice('what to prune; neurons where the model has any', ['heads', 'neurons']),
  paused: off('start paused'),
  plugin: list('your own task or model, a JavaScript file (repeatable)', 'mine.mjs'),
  pluginChanged: off('go on with a plugin though it is no longer what the run was made with'),
  pluginPatience: number('seconds that one call of a plugin may take before it counts as hanging (10)', '60'),
  png: text('file to write a picture to', 'picture.png'),
  predictions: off('add predictions and targets (with --json)'),
  prompts: number('held-out prompts of each kind', '1000'),
  quick: off('at small sizes: all in twenty minutes on two cores (unless --full)'),
  repeats: number('random orders to average over', '10'),
  rerun: off('train again what led to each, from its record and journal, and compare the bytes'),
  resume: text(
    'snapshot, or run for its last one, to go on from, in a new run',
    'snapshots/RUN/step-00001000.safetensors',
  ),
  resumeOrStart: off('with --name: go on with that run from its last snapshot if there is one, else start it'),
  retry: off('try runs again that failed'),
  rows: text('setting whose values stand down', 'model.heads'),
  sbatch: { ...list('a further line for sbatch, as it is (repeatable)', '--qos=high'), default: [] },
  score: choice('how heads or neurons are ranked', scoreNames),
  seed: number('seed of every random stream', '3'),
  seeds: text('how many (5 is 0 to 4), a range or a list', '0-9'),
  set: { ...list('path=value (repeatable)', 'train.steps=500'), default: [] },
  size: text('columns x rows of a recording (120x40)', '120x40'),
  skipImpossible: off('leave out combinations that cannot be trained'),
  speed: number('steps a second; unless said, the whole run takes 20 s', '50'),
  step: number('where to begin, paused', '100'),
  steps: number('total steps to reach', '500'),
  strength: number('strength of the intervention, from 0 to 1 (1), or the temperature', '0.5'),
  svg: text('file to write a picture to', 'picture.svg'),
  threads: number('CPU threads', '2'),
  time: text('time limit of each job; its run saves before, and goes on with the next', '2:00:00'),
  to: { ...choice('the form', ['onnx', 'csv', 'npz', 'json', 'tensorboard', 'transformerlens']), required: true },
  tokens: off('a task of sequences of tokens, whose next one is asked for, instead of functions'),
  value: { ...choice('which value of a metric', ['last', 'best']), default: 'last' },
  verify: text('folder whose claims to compute anew from its runs', 'reproduced'),
  version: { kind: 'switch', describe: 'Show version number' },
  wait: { ...number('milliseconds to wait for a screen before training', '1000'), default: 0 },
  write: off('bring the files up to date'),
  yes: off('do not ask'),
  zip: {
    ...list(`${curveValues}: values that go together, place by place (repeatable)`, 'model.heads=4,8'),
    default: [],
  },
} as const satisfies Readonly<Record<string, Option>>;

export type OptionName = keyof typeof optionTable;

/** The options of a command, in the order of its help: true, or what the option means there. */
export type OwnOptions = { readonly [name in OptionName]?: true | string };

/** What a command gets for these options. */
export type Flags<Name extends OptionName> = { readonly [name in Name]: OptionValue<(typeof optionTable)[name]> };

/** Those that every command takes. */
export const commonOptions = {
  version: true,
  help: true,
  plugin: true,
  pluginPatience: true,
  pluginChanged: true,
} as const satisfies OwnOptions;

export type CommonFlags = Flags<keyof typeof commonOptions>;

export const optionNamed = (name: OptionName): Option => optionTable[name];
