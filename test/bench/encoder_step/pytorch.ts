import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Experiment } from '../../../src/trainer/contract.ts';
import type { Competitor } from '../competitor.ts';
import { startValues } from '../start_values.ts';
import { labelsOf, learningRate, sizes } from './problem.ts';

const script = fileURLToPath(new URL('pytorch.py', import.meta.url));

/** The first Python that has PyTorch, or why there is none. */
export function findPyTorch(): { readonly python: string } | { readonly absent: string } {
  for (const python of ['python3', '/usr/bin/python3']) {
    if (spawnSync(python, ['-c', 'import torch']).status === 0) return { python };
  }
  return { absent: 'no python3 here can import torch' };
}

/** PyTorch's eager mode in a process of its own, from the same start values and prompts, passed in files. */
export async function pytorch(python: string, experiment: Experiment, threads: number): Promise<Competitor> {
  const folder = mkdtempSync(join(tmpdir(), 'incline-bench-'));
  const manifest = writeProblem(folder, experiment);
  const child = spawn(python, [script, manifest, String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = lines(child);
  const { version } = JSON.parse(await answers()) as { version: string };
  rmSync(folder, { recursive: true });
  return {
    name: `PyTorch ${version}, ${threads} thread${threads === 1 ? '' : 's'}`,
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
    if (done) throw new Error('PyTorch ended early');
    return value;
  };
}

/** Writes numbers and sizes; returns the path of the manifest, which `pytorch.py` describes. */
function writeProblem(folder: string, experiment: Experiment): string {
  const data: number[] = [];
  const place = (shape: readonly number[], numbers: ArrayLike<number>) => {
    const start = data.length;
    for (let i = 0; i < numbers.length; i++) data.push(numbers[i]!);
    return { shape, start };
  };
  const start = startValues(experiment);
  const labels = labelsOf(experiment);
  const tokens = experiment.task.fixed['tokens']!.data;
  const width = sizes.token_dim + 1;
  const input = new Float32Array(sizes.B * sizes.T * width);
  for (let row = 0; row < sizes.B * sizes.T; row++) {
    const k = row % sizes.T;
    input.set(tokens.subarray(k * sizes.token_dim, (k + 1) * sizes.token_dim), row * width);
    input[(row + 1) * width - 1] = k < sizes.N ? labels[row]! : 0;
  }
  const manifest = {
    layers: sizes.L,
    heads: sizes.H,
    learning_rate: learningRate,
    data: join(folder, 'numbers.f32'),
    parameters: Object.fromEntries(
      experiment.model.parameters.map(({ name, shape }) => [
        name,
        place(
          shape.map((axis) => axis.size),
          start[name]!,
        ),
      ]),
    ),
    input: place([sizes.B, sizes.T, width], input),
    labels: place([sizes.B, sizes.T], labels),
  };
  const path = join(folder, 'manifest.json');
  writeFileSync(manifest.data, Float32Array.from(data));
  writeFileSync(path, JSON.stringify(manifest));
  return path;
}
