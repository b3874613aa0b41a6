import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { readSnapshot } from '../../../src/snapshots/store.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { pythonWith, runPython } from '../../python.ts';
import { prunedOnTheWay } from '../../trainer/steered.ts';

const python = pythonWith('numpy');
const withTorch = pythonWith('numpy', 'torch');
const checks = fileURLToPath(new URL('checks.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'incline-python-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const ask = (name: string, words: readonly string[], input: unknown = {}) =>
  runPython(withTorch ?? python!, checks, [name, ...words], input);

const functions = { name: 'linear_regression', dim: 3, points: 5 };
const patterns = { name: 'pattern_classification', relevant: 4, irrelevant: 4, out_of_domain: 2 };
const symbols = { name: 'markov_chain', vocabulary: 3, length: 6 };
const dictionary = { name: 'representation_regression', tokens: 6, prompt_examples: 3, token_dim: 4, features: 2 };
const small = { layers: 2, heads: 2, width: 8, mlp_width: 8, init_std: 0.4 };
const cases: readonly [string, object, object][] = [
  ['a decoder of functions', functions, { name: 'decoder', ...small }],
  [
    'a decoder with rotary positions and relu',
    functions,
    { name: 'decoder', ...small, positions: 'rotary', activation: 'relu' },
  ],
  [
    'a decoder of attention alone, without positions',
    functions,
    { name: 'decoder', ...small, mlp_width: 0, positions: 'none' },
  ],
  ['a decoder of patterns, with wide keys', patterns, { name: 'decoder', ...small, key_width: 6 }],
  ['a decoder of symbols', symbols, { name: 'decoder', ...small }],
  [
    'a looped decoder with RMS norms and tied embeddings',
    symbols,
    { name: 'decoder', ...small, loops: 2, norm: 'rms', tied_embeddings: true },
  ],
  [
    'a decoder with state spaces, by a scan',
    symbols,
    { name: 'decoder', ...small, mixer: 'state_space', positions: 'none', loops: 2 },
  ],
  ['an encoder', { ...dictionary, training_set: 'fresh' }, { name: 'encoder', ...small }],
  [
    'an encoder that attends to what is shown, with positions and gelu',
    { ...dictionary, training_set: 'fresh' },
    { name: 'encoder', ...small, attend: 'prompts', positions: 'learned', activation: 'gelu' },
  ],
];

async function trained(task: object, model: object) {
  const run = await prunedOnTheWay(task, model);
  return { ...run, file: run.fileOf(6) };
}

const rows = ({ shape, data }: { readonly shape: readonly number[]; readonly data: ArrayLike<number> }): unknown => {
  const [count, ...rest] = shape;
  if (count === undefined) return data[0];
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) =>
    rows({ shape: rest, data: Array.from(data).slice(i * size, (i + 1) * size) }),
  );
};

test.skipIf(!python).each(cases)(
  'numpy and torch compute what a snapshot holds, pruned: %s',
  async (_name, task, model) => {
    const { snapshot, file } = await trained(task, model);
    const { sequence, probe } = createExperiment(snapshot.config, 'test', snapshot.task).task;
    const [inputs] = Object.values(probe.inputs);
    const found = ask('predicted', [file], { prompts: rows(inputs!), torch: withTorch !== undefined }) as Record<
      string,
      number[][]
    >;
    expect(Object.keys(found)).toEqual(withTorch ? ['numpy', 'torch'] : ['numpy']);
    const { shape, data } = snapshot.probe['prediction']!;
    for (const [library, predictions] of Object.entries(found)) {
      const positions = sequence?.readout(predictions[0]!.length) ?? [...predictions[0]!.keys()];
      expect([predictions.length, positions.length], library).toEqual(shape.slice(0, 2));
      const flat = predictions.flatMap((row) => positions.flatMap((at) => row[at]!));
      for (const [i, value] of flat.entries()) expect(Math.abs(value - data[i]!), library).toBeLessThan(1e-5);
    }
    expect(new Set(data).size).toBeGreaterThan(2);
  },
);

describe.skipIf(!python)('a file', () => {
  test('is read whole, and written again with its metadata and a checksum that holds', async () => {
    const { snapshot, file } = await trained(functions, { name: 'decoder', ...small });
    const read = ask('read', [file]) as {
      tensors: Record<string, [string, number[], number[]]>;
      metadata: object;
      step: number;
    };
    expect(read.step).toBe(6);
    const { 'in.W': W } = snapshot.params;
    expect(read.tensors['params/in.W']).toEqual(['<f4', W!.shape, [...W!.data]]);
    const copy = join(folder, 'copy.safetensors');
    ask('copied', [file, copy]);
    expect(readFileSync(copy)).toHaveLength(readFileSync(file).length);
    const again = await readSnapshot(copy);
    expect(again.notices).toEqual([]);
    expect(again.snapshot).toEqual(snapshot);
  });

  test('in half precision is widened, as here', async () => {
    const halves = [0x3c00, 0xc100, 0x0080, 0x7bff, 0x3f80];
    const data = Buffer.alloc(4 * halves.length);
    halves.forEach((half, i) => {
      data.writeUInt16LE(half, 2 * i);
      data.writeUInt16LE(half, 2 * (halves.length + i));
    });
    const shape = [halves.length];
    const header = Buffer.from(
      JSON.stringify({
        __metadata__: { format: 'incline/1', step: '3' },
        'params/half': { dtype: 'F16', shape, data_offsets: [0, 10] },
        'params/brain': { dtype: 'BF16', shape, data_offsets: [10, 20] },
      }),
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const file = join(folder, 'half.safetensors');
    writeFileSync(file, Buffer.concat([length, header, data]));
    const { tensors } = ask('read', [file]) as { tensors: Record<string, [string, number[], number[]]> };
    const brains = Float32Array.from(new Float32Array(Uint32Array.from(halves, (half) => half * 2 ** 16).buffer));
    expect(tensors['params/half']).toEqual(['<f4', shape, [1, -2.5, 2 ** -17, 65504, 1.875]]);
    expect(tensors['params/brain']).toEqual(['<f4', shape, [...brains]]);
  });

  test('that is damaged, or whose parameters do not fit, is refused with what is wrong', async () => {
    const { snapshot, file } = await trained(functions, { name: 'decoder', ...small });
    const bent = join(folder, 'bent.safetensors');
    const bytes = readFileSync(file);
    writeFileSync(bent, bytes.subarray(0, bytes.length - 7));
    expect(() => ask('read', [bent])).toThrow(/bent\.safetensors: is not a whole safetensors file/);
    writeFileSync(bent, Buffer.from('PK, a zip file'));
    expect(() => ask('read', [bent])).toThrow(/bent\.safetensors: is not a whole safetensors file/);
    bytes[bytes.length - 5]! ^= 4;
    writeFileSync(bent, bytes);
    expect(() => ask('read', [bent])).toThrow(/does not match its checksum/);
    copyFileSync(file, bent);
    const params = { 'out.b': [1, 2] };
    expect(() => ask('replaced', [bent], { params })).toThrow('params/out.b has shape (2,); expected (1,)');
    expect(() => ask('replaced', [bent], { params: { x: [1] } })).toThrow(/expected \['final\.bias'/);
    const W = rows(snapshot.params['out.W']!) as number[][];
    W[0] = [1e39];
    expect(() => ask('replaced', [bent], { params: { 'out.W': W } })).toThrow(
      'params/out.W holds a number that is not finite',
    );
  });
});
