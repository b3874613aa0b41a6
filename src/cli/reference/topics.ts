import { UserError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { packageFile } from '../../core/package_files.ts';
import { quoted } from '../../core/shell.ts';
import { MetricCatalogue } from '../../metrics/catalogue.ts';
import { knownMeasures } from '../../models/known/measures.ts';
import { words } from '../../ui/frame/glossary.ts';
import { print } from '../output/output.ts';
import type { Command, Group } from '../parser/command.ts';
import { helpOf, laidOut, type Row, wrapped } from '../parser/help.ts';
import { everyKey, screens } from './keys.ts';
import { termsKnown } from './terms.ts';
import { type TopicName, topicNames } from './topic_names.ts';

type Section = readonly [title: string, rows: readonly Row[]];

const topics: Readonly<Record<TopicName, () => readonly Section[]>> = {
  keys: () =>
    Object.entries(screens).map(
      ([name, title]): Section => [
        title,
        everyKey()
          .filter(({ screen }) => screen === name)
          .map(({ where, shown, help }): Row => [shown, where === '' ? help : `${help} (${where})`]),
      ],
    ),
  words: () => [
    ['Words that commands, screens and pages use:', words.map(({ word, meaning }): Row => [word, meaning])],
  ],
  metrics: () => [
    [
      'Metrics, by the name that --metric, journals and tables have them by:',
      [...new MetricCatalogue(knownMeasures()).all].map(
        ({ name, title, better }): Row => (better === 'none' ? [name, title] : [name, title, `${better} is better`]),
      ),
    ],
    ['What symbols and words of these stand for:', termsKnown().map(({ term, meaning }): Row => [term, meaning])],
  ],
  files: () => [
    ['In the folder of a run, snapshots/RUN or --dir:', runFiles],
    ['In the folder of a sweep, snapshots/SWEEP:', sweepFiles],
    ['Elsewhere:', otherFiles],
  ],
  environment: () => [['Variables that are read:', variables]],
  python: () => [
    ['In a shell:', [[`export PYTHONPATH=${quoted(packageFile('dist/python'))}`, '']]],
    ['In Python, after import incline_snapshots as incline:', pythonNames],
  ],
};

const runFiles: readonly Row[] = [
  ['run.json', 'the resolved configuration, seed, engine, versions, where it came from'],
  ['journal.jsonl', 'one event a line, append-only: metrics, alerts, snapshots, what was done to the run'],
  ['probe.bin', 'pictures for replay, spaced logarithmically'],
  ['step-*.safetensors', 'snapshots: parameters, optimizer, curves, masks'],
  ['notes.json', 'your note and tags, once there are any'],
  ['lock.json', 'who trains it: host, process, since when'],
  ['trainer.log', 'what the process that trains printed'],
  ['tensorboard/', 'event files, with --log tensorboard'],
];

const sweepFiles: readonly Row[] = [
  ['sweep.json', 'what was asked for, and the state of every run'],
  ['results.csv', 'a row for every run and metric: last and best value'],
  ['curves.csv', 'every curve, thinned'],
  ['slurm/', 'scripts and output of jobs, with --on slurm'],
];

const otherFiles: readonly Row[] = [
  ['a configuration', 'a file of JSON as presets show --json prints one; - reads it from standard input'],
  ['~/.config/incline', 'preferences; config list shows them'],
  ['$XDG_RUNTIME_DIR/incline', 'sockets of live runs, else in the folder for temporary files'],
];

const variables: readonly Row[] = [
  ['INCLINE_COMMAND', 'how hints name the program, where what they find is not what you type'],
  ['NO_COLOR, FORCE_COLOR', 'no colours; colours all the same'],
  ['COLORTERM, TERM', 'how many colours the terminal has; TERM=dumb asks for plain text'],
  ['COLORFGBG', 'whether its background is light'],
  ['INK_SCREEN_READER', 'true asks for plain text, as config set screen plain does'],
  ['SSH_CONNECTION', 'fewer frames and colours where it is set; config set connection overrides'],
  ['LC_ALL, LC_CTYPE, LANG', 'whether the terminal shows more letters than ASCII'],
  ['XDG_CONFIG_HOME', 'where preferences are kept'],
  ['XDG_RUNTIME_DIR', 'where sockets of runs are'],
  ['VK_DRIVER_FILES', 'the Vulkan driver for --device webgpu'],
  ['NODE_OPTIONS', 'options of Node, such as how much memory it may take'],
];

const pythonNames: readonly Row[] = [
  ["incline.frame('snapshots/RUN')", 'curves as a pandas data frame; curves() without pandas'],
  ["incline.load('snapshots/RUN')", 'the last snapshot of a run, or a file: params, task, config, step'],
  ['incline.predict(snapshot, tokens)', 'what a decoder or encoder predicts, in numpy'],
  ['incline.module(snapshot)', 'the same as a torch.nn.Module, to train'],
  ['incline.save(file, snapshot.with_params(model))', 'parameters back, with metadata kept'],
];

/** A topic, a command, or everything that help can tell. @throws UserError for a word that is neither */
export function printHelp(words: readonly string[], program: Group): void {
  const width = Math.min(100, process.stdout.columns ?? 100);
  const [first] = words;
  if (words.length === 1 && isTopic(first!)) {
    const sections = topics[first]();
    print(
      ...sections.flatMap(([title, rows], i) => [
        ...(i > 0 ? [''] : []),
        ...wrapped(title, width),
        ...laidOut(rows, width),
      ]),
    );
    return;
  }
  const path = [program.name];
  const command = words.reduce<Command | Group>((group, word) => {
    const known = 'commands' in group ? group.commands.filter(({ describe }) => describe !== undefined) : [];
    const next = known.find(({ name }) => name === word);
    if (!next) throw noTopic(word, [...known.map(({ name }) => name), ...(group === program ? topicNames : [])]);
    path.push(word);
    return next;
  }, program);
  print(...helpOf(command, path, width));
}

const isTopic = (word: string): word is TopicName => topicNames.some((name) => name === word);

function noTopic(word: string, known: readonly string[]): UserError {
  const fix = nearest(word, known) || undefined;
  return new UserError({ what: `no help on "${word}"`, expected: `one of ${known.join(', ')}`, fix });
}
