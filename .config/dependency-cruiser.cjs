const { readdirSync } = require('node:fs');

// Each room may import itself and rooms of lower rank only; so may each folder inside a room that ranks its own.
const ranks = [
  ['core'],
  ['protocol', 'graph', 'baselines', 'plot'],
  ['metrics'],
  ['tasks', 'pruning'],
  ['engine', 'models', 'snapshots'],
  ['presets', 'store'],
  ['trainer', 'runs'],
  ['sweep'],
  ['reproduce'],
  ['ui'],
  ['cli'],
];
// Of the process that trains: the loop knows a session by its contract alone, and so do tests that drive it without one.
const trainerRanks = [['contract', 'plugins', 'socket'], ['session', 'loop'], ['measure'], ['pruning'], ['host']];
// Of the screen: what the terminal is, what all screens share, and then the screen of a run, bottom up.
const screenRanks = [
  ['terminal'],
  ['screen'],
  ['state', 'home', 'compare', 'sweep', 'reproduce'],
  ['panels'],
  ['layout'],
  ['keys'],
  ['frame'],
  ['run'],
  ['plain'],
];
const cliRanks = [
  ['output', 'options'],
  ['preferences', 'parser'],
  ['snapshots'],
  ['prepare', 'evaluate', 'pruning', 'reference', 'plugin'],
  ['screen'],
  ['train', 'compare', 'sweep', 'completion'],
  ['reproduce'],
  ['commands'],
];

/** Rules for the folders of `base`; files that lie in `base` itself stand above them all. */
function layersIn(base, ranks) {
  const rankOf = (folder) => ranks.findIndex((rank) => rank.includes(folder));
  const folders = ranks.flat();
  const found = readdirSync(base, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const unranked = found.find(({ name }) => !folders.includes(name));
  if (unranked) throw new Error(`${base}${unranked.name} has no rank in .config/dependency-cruiser.cjs`);
  return folders.map((folder) => {
    const above = folders.filter((other) => other !== folder && rankOf(other) >= rankOf(folder));
    return {
      name: `layer-${base.replace(/^src\/?/, '')}${folder}`,
      severity: 'error',
      comment: `${base}${folder} may import only itself and folders of lower rank`,
      from: { path: `^${base}${folder}/` },
      to: { path: `^${base}((${above.join('|') || 'none'})/|[^/]+$)` },
    };
  });
}

module.exports = {
  forbidden: [
    ...layersIn('src/', ranks),
    ...layersIn('src/trainer/', trainerRanks),
    ...layersIn('src/ui/', screenRanks),
    ...layersIn('src/cli/', cliRanks),
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'ui-is-blind',
      severity: 'error',
      comment: 'the screen sees events, run state and plots; never the trainer, engines, models or the disk',
      from: { path: '^src/ui/' },
      to: { path: '^src/(trainer|engine|models|tasks|snapshots|store|presets)/|^(node:)?fs' },
    },
    {
      name: 'ink-only-in-ui',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/ui/' },
      to: { path: 'node_modules/(ink|react)/' },
    },
    {
      name: 'native-through-one-door',
      severity: 'error',
      comment: 'the library is loaded where its telemetry is switched off before',
      from: { path: '^(src|test)/', pathNot: '^src/engine/onnx/runtime[.]ts$' },
      to: { path: 'node_modules/onnxruntime-node/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'siblings-apart',
      severity: 'error',
      comment:
        'one feature a file: tasks, models and baselines do not import each other; shared parts go to a folder of their own',
      from: { path: '^src/(tasks|models|baselines)/(?!registry|contract)[^/]+$' },
      to: { path: '^src/$1/(?!contract)[^/]+$' },
    },
    {
      name: 'panels-apart',
      severity: 'error',
      comment: 'one feature a folder: panels do not import each other; shared parts go to a folder of their own',
      from: { path: '^src/ui/panels/([^/]+)/' },
      to: { path: '^src/ui/panels/(?!contract[.]|common/|$1/)' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
