// Each room may import itself and rooms of lower rank only.
const ranks = [
  ['core'],
  ['protocol', 'graph', 'baselines', 'metrics', 'plot'],
  ['tasks', 'pruning'],
  ['engine', 'models', 'snapshots'],
  ['presets', 'trainer'],
  ['runs'],
  ['ui'],
  ['cli'],
];
const rooms = ranks.flat();
const rankOf = (room) => ranks.findIndex((rank) => rank.includes(room));
const layers = rooms.map((room) => ({
  name: `layer-${room}`,
  severity: 'error',
  comment: `src/${room} may import only itself and lower rooms`,
  from: { path: `^src/${room}/` },
  to: {
    path: `^src/(${rooms.filter((other) => other !== room && rankOf(other) >= rankOf(room)).join('|') || 'none'})/|^src/main`,
  },
}));
module.exports = {
  forbidden: [
    ...layers,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'ui-is-blind',
      severity: 'error',
      comment: 'the screen sees events, run state and plots; never the trainer, engines, models or the disk',
      from: { path: '^src/ui/' },
      to: { path: '^src/(trainer|engine|models|tasks|snapshots|presets)/|^(node:)?fs' },
    },
    {
      name: 'ink-only-in-ui',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/ui/' },
      to: { path: 'node_modules/(ink|react)/' },
    },
    {
      name: 'native-only-in-engine',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/engine/' },
      to: { path: 'node_modules/onnxruntime-node/' },
    },
    {
      name: 'siblings-apart',
      severity: 'error',
      comment:
        'one feature a file: tasks, models, baselines and panels do not import each other; shared parts go to a folder of their own',
      from: { path: '^src/(tasks|models|baselines|ui/panels)/(?!registry|contract)[^/]+$' },
      to: { path: '^src/$1/(?!contract)[^/]+$' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
