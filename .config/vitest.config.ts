import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const slow = process.env['INCLINE_SLOW'] === '1';
const quick = process.env['INCLINE_QUICK'] === '1';
/**
 * What another version of Node is likeliest to break, in less than a minute. These files leave nothing behind in their
 * process, and share it: loading what all of them load anew for each would take longer than the tests.
 */
const quickHalf = [
  'test/{core,graph,metrics,plot,presets,protocol,pruning,snapshots,tasks}/**/*.test.ts',
  'test/engine/{cpu,wasm_functions}.test.ts',
  'test/trainer/devices/wasm_bytes.test.ts',
  'test/ui/{frames,frame_output,golden,key_names,layout,mouse,panels,terminal,update}.test.ts',
  'test/cli/{plain,home,wasm}.test.ts',
];
/** Arithmetic and checks of settings, which no version of Node changes. */
const sameEverywhere = ['test/{presets,tasks}/**'];
const all = ['test/**/*.test.{ts,tsx}'];
const slowOnes = ['test/**/*.slow.test.{ts,tsx}'];
/** Files that start the program and mostly wait for it: a third of them fills the time in which two would leave a core idle. */
const waiting = ['test/{cli,faults}/**/*.test.ts'];
/** What measures time or memory, which a third file at once would disturb. */
const measuring = ['test/cli/{latency,memory,growth}.test.ts', 'test/faults/soak.test.ts'];

/** Files of a minute and more, the longest first: one that began last would keep a single core busy at the end. */
const longest = [
  ...['faults/faults', 'cli/plugin_faults', 'cli/comparisons', 'cli/signals', 'cli/one_writer', 'cli/snapshots'],
  ...[
    'cli/screen',
    'cli/program',
    'cli/sweep',
    'cli/slurm',
    'trainer/devices/webgpu',
    'claims/li_one_layer',
    'ui/every_size',
  ],
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return found < 0 ? longest.length : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

interface More {
  readonly isolate?: boolean;
  readonly exclude?: string[];
  readonly maxWorkers?: number;
  /** Projects with the same number run at the same time, those with a lower one before. */
  readonly sequence?: { readonly groupOrder: number };
}

const project = (name: string, include: string[], more: More = {}) => ({
  extends: true as const,
  test: { name, include, ...more },
});

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    // Texts name the program as those in a clone do, wherever a test's folder is.
    env: { INCLINE_COMMAND: 'npx incline' },
    testTimeout: slow ? 600_000 : 60_000,
    // Two cores are what continuous integration has; more workers only make the timing tests noisy.
    maxWorkers: 2,
    pool: 'forks',
    maxConcurrency: 3,
    sequence: { sequencer: LongestFirst },
    projects: slow
      ? [project('slow', slowOnes)]
      : [
          project('quick', quickHalf, { isolate: false, exclude: quick ? sameEverywhere : [] }),
          ...(quick
            ? []
            : [
                project('whole', all, { exclude: [...quickHalf, ...slowOnes, ...waiting] }),
                project('measuring', measuring),
                project('waiting', waiting, {
                  exclude: [...quickHalf, ...slowOnes, ...measuring],
                  maxWorkers: 3,
                  sequence: { groupOrder: 1 },
                }),
              ]),
        ],
  },
});
