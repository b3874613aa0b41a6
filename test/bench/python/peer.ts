import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Competitor, Field } from '../competitor.ts';

/** A way to do the same step in Python. */
interface Library {
  readonly module: string;
  /** The script that does the step, and words for it. */
  readonly script: readonly string[];
  /** Python that fails where there is no graphics device to compute on. */
  readonly hasDevice: string;
}

const torchDevice = 'import torch; assert torch.cuda.is_available()';
const libraries: Readonly<Record<string, Library>> = {
  PyTorch: { module: 'torch', script: ['pytorch.py', 'eager'], hasDevice: torchDevice },
  'PyTorch compiled': { module: 'torch', script: ['pytorch.py', 'compiled'], hasDevice: torchDevice },
  JAX: { module: 'jax', script: ['jax_step.py'], hasDevice: 'import jax; assert jax.default_backend() != "cpu"' },
};

/** Numbers with their shape. */
interface Numbers {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** What the scripts compute; they say how. */
export interface PeerProblem {
  readonly problem: 'attention_relu' | 'decoder' | 'encoder' | 'population';
  readonly learningRate: number;
  /** Sizes that no shape tells. */
  readonly sizes: Readonly<Record<string, number>>;
  /** What else models of sequences need: names of activation and loss, and the places of the predictions. */
  readonly choices?: Readonly<Record<string, string | readonly number[]>>;
  readonly parameters: Readonly<Record<string, Numbers>>;
  readonly given: Readonly<Record<string, Numbers>>;
}

/**
 * Peers of every library that some Python here has, with the field's numbers of threads or on a graphics device; and which
 * are absent.
 */
export async function pythonPeers(
  problem: PeerProblem,
  { threadCounts, device }: Field,
): Promise<{ competitors: Competitor[]; absent: string[] }> {
  const competitors: Competitor[] = [];
  const absent: string[] = [];
  for (const [name, { module, script, hasDevice }] of Object.entries(libraries)) {
    const python = pythonWith(module);
    if (!python) {
      absent.push(`${name}: no python3 here can import ${module}`);
      continue;
    }
    if (device !== undefined && !runs(python, hasDevice)) {
      absent.push(`${name}: finds no graphics device`);
      continue;
    }
    for (const where of device === undefined ? threadCounts : (['device'] as const)) {
      try {
        competitors.push(await start(name, python, script, problem, where));
      } catch (error) {
        absent.push(`${name}: ${(error as Error).message}`);
        break;
      }
    }
  }
  return { competitors, absent };
}

/** A Python that has a library, if one has. */
function pythonWith(module: string): string | undefined {
  return ['python3', '/usr/bin/python3'].find((command) => runs(command, `import ${module}`));
}

/** Training of many seeds in one process. */
export interface SeedsTrained {
  readonly version: string;
  /** From the start of the process to its last update, and of the updates alone once all is compiled. */
  readonly seconds: number;
  readonly updateSeconds: number;
}

/**
 * Trains seeds at once in JAX, where a Python here has it: `lax.scan` over updates, `vmap` over seeds.
 * @param problems one a seed, alike but for their numbers
 * @returns undefined without JAX
 */
export async function jaxOverSeeds(
  problems: readonly PeerProblem[],
  steps: number,
  threads: number,
): Promise<SeedsTrained | undefined> {
  const { module, script } = libraries['JAX']!;
  const python = pythonWith(module);
  if (!python) return undefined;
  const began = performance.now();
  const peer = await start('JAX', python, [...script, 'seeds'], stacked(problems), threads);
  await peer.steps(steps);
  const whole = performance.now();
  const loss = await peer.steps(steps);
  const end = performance.now();
  await peer.end();
  if (!Number.isFinite(loss)) throw new Error(`JAX: the loss is ${loss}`);
  return { version: peer.version, seconds: (whole - began) / 1000, updateSeconds: (end - whole) / 1000 };
}

/** Problems as one whose tensors have an axis of them in front. */
function stacked(problems: readonly PeerProblem[]): PeerProblem {
  const [first] = problems as readonly [PeerProblem, ...PeerProblem[]];
  const together = (part: 'parameters' | 'given') =>
    Object.fromEntries(
      Object.entries(first[part]).map(([name, { shape }]) => {
        const data = problems.flatMap((one) => Array.from(one[part][name]!.data));
        return [name, { shape: [problems.length, ...shape], data }];
      }),
    );
  return { ...first, parameters: together('parameters'), given: together('given') };
}

const runs = (python: string, line: string): boolean =>
  spawnSync(python, ['-c', line], { stdio: 'ignore' }).status === 0;

/** @throws Error with the script's last word when it ends before it is ready */
async function start(
  name: string,
  python: string,
  [script, ...mode]: readonly string[],
  problem: PeerProblem,
  where: number | 'device',
): Promise<Required<Omit<Competitor, 'peak'>> & { readonly version: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'incline-bench-'));
  try {
    const path = fileURLToPath(new URL(script!, import.meta.url));
    const words = [path, writeProblem(folder, problem), String(where), ...mode];
    const child = spawn(python, words, { stdio: ['pipe', 'pipe', 'pipe'] });
    const closed = once(child, 'close').catch(() => undefined);
    const answers = lines(child, closed);
    const { version } = JSON.parse(await answers()) as { version: string };
    return {
      name: `${name} ${version}, ${where === 'device' ? where : `${where} thread${where === 1 ? '' : 's'}`}`,
      version,
      async steps(count) {
        child.stdin.write(`${count}\n`);
        return Number(await answers());
      },
      async end() {
        child.stdin.end();
        await closed;
      },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a script prints, line by line; an error with what it said last where it ends. */
function lines(child: ChildProcessWithoutNullStreams, closed: Promise<unknown>): () => Promise<string> {
  const iterator = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-2000);
  });
  return async () => {
    const { value, done } = await iterator.next();
    if (!done) return value;
    await closed;
    throw new Error(complaint.trim().split('\n').at(-1) || 'ended early');
  };
}

/** Writes numbers and sizes; returns the path of the manifest, which `peer.py` describes. */
function writeProblem(
  folder: string,
  { problem, learningRate, sizes, choices, parameters, given }: PeerProblem,
): string {
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
    ...choices,
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
