import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Competitor } from '../competitor.ts';

/** Libraries that do the same step in Python, and the scripts that do it. */
const libraries = {
  PyTorch: { module: 'torch', script: 'pytorch.py' },
  JAX: { module: 'jax', script: 'jax_step.py' },
} as const;

/** Numbers with their shape. */
interface Numbers {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** What the scripts compute; they say how. */
export interface PeerProblem {
  readonly problem: 'encoder' | 'population';
  readonly learningRate: number;
  /** Sizes that no shape tells. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly parameters: Readonly<Record<string, Numbers>>;
  readonly given: Readonly<Record<string, Numbers>>;
}

/** Peers of every library that some Python here has, at these numbers of threads; and which are absent. */
export async function pythonPeers(
  problem: PeerProblem,
  threadCounts: readonly number[],
): Promise<{ competitors: Competitor[]; absent: string[] }> {
  const competitors: Competitor[] = [];
  const absent: string[] = [];
  for (const [name, { module, script }] of Object.entries(libraries)) {
    const python = ['python3', '/usr/bin/python3'].find((command) => imports(command, module));
    if (!python) absent.push(`${name}: no python3 here can import ${module}`);
    else for (const threads of threadCounts) competitors.push(await start(name, python, script, problem, threads));
  }
  return { competitors, absent };
}

const imports = (python: string, module: string): boolean =>
  spawnSync(python, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0;

async function start(
  name: string,
  python: string,
  script: string,
  problem: PeerProblem,
  threads: number,
): Promise<Competitor> {
  const folder = mkdtempSync(join(tmpdir(), 'incline-bench-'));
  const path = fileURLToPath(new URL(script, import.meta.url));
  const words = [path, writeProblem(folder, problem), String(threads)];
  const child = spawn(python, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = lines(child);
  const { version } = JSON.parse(await answers()) as { version: string };
  rmSync(folder, { recursive: true });
  return {
    name: `${name} ${version}, ${threads} thread${threads === 1 ? '' : 's'}`,
    async steps(count) {
      child.stdin.write(`${count}\n`);
      return Number(await answers());
    },
  };
}

function lines(child: ChildProcessByStdio<Writable, Readable, null>): () => Promise<string> {
  const iterator = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await iterator.next();
    if (done) throw new Error('a peer ended early');
    return value;
  };
}

/** Writes numbers and sizes; returns the path of the manifest, which `peer.py` describes. */
function writeProblem(folder: string, { problem, learningRate, sizes, parameters, given }: PeerProblem): string {
  const numbers: Float32Array[] = [];
  let length = 0;
  const place = (tensors: Readonly<Record<string, Numbers>>) =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, { shape, data }]) => {
        const start = length;
        numbers.push(Float32Array.from(data));
        length += data.length;
        return [name, { shape, start }];
      }),
    );
  const data = join(folder, 'numbers.f32');
  const manifest = {
    ...sizes,
    problem,
    learning_rate: learningRate,
    data,
    parameters: place(parameters),
    given: place(given),
  };
  writeFileSync(data, Buffer.concat(numbers.map(({ buffer }) => Buffer.from(buffer as ArrayBuffer))));
  const path = join(folder, 'manifest.json');
  writeFileSync(path, JSON.stringify(manifest));
  return path;
}
