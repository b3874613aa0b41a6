import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { RandomStream } from '../../src/core/random.ts';
import { hostTensor } from '../../src/core/tensor.ts';
import { cpuEngine } from '../../src/engine/cpu.ts';
import { decodeSnapshot, encodeSnapshot, type Snapshot } from '../../src/snapshots/format.ts';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../src/snapshots/safetensors.ts';
import { axes, evaluate } from '../engine/conformance/numbers.ts';
import { example } from './example.ts';

/** A snapshot file as another program would edit it: no checksum. */
function edited(
  change: (tensors: Record<string, StoredTensor>, metadata: Record<string, string>) => void,
  from: Snapshot = example,
): Uint8Array {
  const { header, tensors } = decodeSafetensors(encodeSnapshot(from), 'x');
  const { sha256: _, ...metadata } = Object.fromEntries(header.metadata);
  const open = Object.fromEntries(tensors);
  change(open, metadata);
  return encodeSafetensors(open, metadata);
}

const bits = (data: StoredTensor['data']) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');

describe('a snapshot', () => {
  it('comes back as it was, without notices', () => {
    const { snapshot, notices } = decodeSnapshot(encodeSnapshot(example), 'x');
    expect(snapshot).toEqual(example);
    expect(bits(snapshot.task['tokens']!.data)).toBe(bits(example.task['tokens']!.data));
    expect(notices).toEqual([]);
  });

  it('continues a random stream with the very next number', () => {
    const stream = RandomStream.named(3, 'train');
    stream.uniform();
    const { snapshot } = decodeSnapshot(encodeSnapshot({ ...example, rng: { train: stream.state() } }), 'x');
    expect(RandomStream.restored(snapshot.rng['train']!).uniform()).toBe(stream.uniform());
  });

  it('has the documented names, shapes, types and metadata', () => {
    const { header } = decodeSafetensors(encodeSnapshot(example), 'x');
    const described = Object.fromEntries(
      [...header.tensors].map(([name, { dtype, shape }]) => [name, `${dtype} [${shape}]`]),
    );
    expect(described).toEqual({
      'params/Q': 'F32 [2,1,1]',
      'params/w': 'F32 [2,3]',
      'optimizer/m/Q': 'F32 [2,1,1]',
      'optimizer/beta1_power': 'F64 []',
      'task/tokens': 'F64 [3,1]',
      'mask/heads': 'F32 [1,2]',
      'mask/neurons': 'F32 [1,0]',
      'history/train_loss/step': 'I64 [3]',
      'history/train_loss/min': 'F32 [3]',
      'history/train_loss/max': 'F32 [3]',
      'history/train_loss/last': 'F32 [3]',
      'history/attention_on_matching/L0H1/step': 'I64 [1]',
      'history/attention_on_matching/L0H1/min': 'F32 [1]',
      'history/attention_on_matching/L0H1/max': 'F32 [1]',
      'history/attention_on_matching/L0H1/last': 'F32 [1]',
      'probe/attention': 'F32 [1,1,2,1,2]',
    });
    expect([...header.metadata.keys()]).toEqual([
      ...['format', 'config', 'step', 'seed', 'rng', 'mask_revision', 'events', 'engine'],
      ...['trained_s', 'created', 'sha256'],
    ]);
    expect(header.metadata.get('format')).toBe('incline/1');
    expect(header.metadata.get('step')).toBe('400');
  });

  it('is sealed by the SHA-256 of its bytes with the digits zeroed', () => {
    const file = Buffer.from(encodeSnapshot(example));
    const sum = decodeSafetensors(file, 'x').header.metadata.get('sha256')!;
    file.fill('0', file.indexOf(sum), file.indexOf(sum) + 64);
    expect(createHash('sha256').update(file).digest('hex')).toBe(sum);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('is not written with %s in what training goes on from', (wrong) => {
    for (const part of ['params', 'optimizer', 'task'] as const) {
      const broken = { ...example, [part]: { a: { shape: [2], data: Float32Array.of(1, wrong) } } };
      expect(() => encodeSnapshot(broken)).toThrow(new RegExp(`${part}/a" holds ${wrong} at position 1`));
    }
  });

  const python = spawnSync('python3', ['--version']).status === 0;
  it.skipIf(!python)(`reads the same in an independent reader${python ? '' : ' (skipped: no python3 here)'}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'incline-'));
    try {
      const path = join(folder, 'a.safetensors');
      writeFileSync(path, encodeSnapshot(example));
      const script = new URL('independent_reader.py', import.meta.url).pathname;
      const result = spawnSync('python3', [script, path], { encoding: 'utf8' });
      expect(result.stderr).toBe('');
      // Python's JSON says NaN and Infinity, which only a history may hold.
      const read = JSON.parse(result.stdout.replace(/\b(NaN|Infinity)\b/g, '"$1"'));
      expect(JSON.parse(read.metadata.config)).toEqual(example.config);
      expect(JSON.parse(read.metadata.rng)).toEqual(example.rng);
      expect(read.sha256).toBe(read.metadata.sha256);
      const { tensors } = read;
      expect(tensors['params/w']).toEqual({ dtype: 'F32', shape: [2, 3], data: [1, 2, 3, 4, 5, 6], aligned: true });
      expect(tensors['task/tokens'].data).toEqual([1 / 3, -0, 5e-324]);
      expect(tensors['mask/neurons']).toEqual({ dtype: 'F32', shape: [1, 0], data: [], aligned: true });
      expect(tensors['history/train_loss/step'].data).toEqual([1, 200, 400]);
      expect(tensors['history/train_loss/max'].data).toEqual([5, 3, 'Infinity']);
      expect(Object.values(tensors).every((tensor) => (tensor as { aligned: boolean }).aligned)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a file of another program', () => {
  it('is taken as given, with notices', () => {
    const file = edited((tensors, metadata) => {
      for (const name of Object.keys(tensors)) if (!/^(params|task)/.test(name)) delete tensors[name];
      for (const key of Object.keys(metadata)) if (!/format|config/.test(key)) delete metadata[key];
    });
    const { snapshot, notices } = decodeSnapshot(file, 'x');
    expect(snapshot.params).toEqual(example.params);
    expect(snapshot.task).toEqual(example.task);
    expect(snapshot).toMatchObject({ step: 0, seed: 7, rng: {}, optimizer: {}, history: {}, events: [], created: '' });
    expect(snapshot).not.toHaveProperty('mask');
    expect(snapshot).not.toHaveProperty('engine');
    expect(notices).toEqual([
      expect.stringContaining('no checksum'),
      expect.stringContaining('nor its curves tell its step, taken as 0'),
      expect.stringContaining('no random state'),
      expect.stringContaining('no optimizer state'),
    ]);
  });

  it('stands at the step of its name, or else of its curves', () => {
    const file = edited((_, metadata) => {
      delete metadata['step'];
    });
    const [ofCurves, ofName] = [decodeSnapshot(file, 'x'), decodeSnapshot(file, 'x', undefined, 7)];
    expect(ofCurves.snapshot.step).toBe(400);
    expect(ofName.snapshot.step).toBe(7);
    expect([ofCurves, ofName].flatMap(({ notices }) => notices).join()).not.toContain('step');
  });

  it('may be cast to float64 as a whole, steps and all', () => {
    const file = edited((tensors, metadata) => {
      for (const [name, { shape, data }] of Object.entries(tensors)) {
        tensors[name] = { shape, data: Float64Array.from(data as ArrayLike<number | bigint>, Number) };
      }
      delete metadata['sha256'];
    });
    const { snapshot } = decodeSnapshot(file, 'x');
    expect(snapshot.history).toEqual(example.history);
    expect([...snapshot.mask!.heads.data]).toEqual([...example.mask!.heads.data]);
    expect([...snapshot.params['w']!.data]).toEqual([...example.params['w']!.data]);
  });

  it('fills in the defaults of the configuration', () => {
    const file = edited((_, metadata) => {
      const { task, model } = example.config;
      metadata['config'] = JSON.stringify({ task, model });
    });
    expect(decodeSnapshot(file, 'x').snapshot.config.train.beta2).toBe(0.999);
  });

  it('names from it cannot reach the prototype of an object', () => {
    const file = edited((tensors) => {
      Object.defineProperty(tensors, 'params/__proto__', { value: tensors['params/w'], enumerable: true });
    });
    const { params } = decodeSnapshot(file, 'x').snapshot;
    expect(Object.keys(params)).toContain('__proto__');
    expect(Object.getPrototypeOf(params)).toBe(Object.prototype);
  });

  const set = (name: string, data: StoredTensor['data'], shape = [data.length]) =>
    edited((tensors) => {
      tensors[name] = { shape, data };
    });
  const say = (key: string, text: string) =>
    edited((_, metadata) => {
      metadata[key] = text;
    });
  const told = (interventions: string) =>
    edited((_, metadata) => {
      metadata['interventions'] = interventions;
    });
  const refused: readonly [string, Uint8Array, RegExp][] = [
    ['another format', say('format', 'incline/2'), /format is "incline\/2"; expected incline\/1/],
    ['no format', edited((_, metadata) => delete metadata['format']), /no format/],
    ['no configuration', edited((_, metadata) => delete metadata['config']), /no config/],
    ['a configuration that is no JSON', say('config', '{'), /metadata config is not JSON/],
    ['an unknown key', say('config', JSON.stringify({ ...example.config, colour: 1 })), /metadata "config": .*colour/],
    ['a wrong value', say('config', '{"task":{"name":"a"},"model":{"name":"b"},"threads":"x"}'), /config\.threads/],
    ['a broken step', say('step', '1.5'), /metadata "step"/],
    ['a random state of zeros', say('rng', '{"train":[0,0,0,0]}'), /metadata "rng\.train": "not all zero"/],
    ['a random state too short', say('rng', '{"train":[1]}'), /metadata "rng\.train"/],
    ['events that are none', say('events', '[{}]'), /metadata "events\.0"/],
    ['an engine without threads', say('engine', '{"name":"cpu","version":"1","unroll":1}'), /engine\.threads/],
    ['a checksum under another name', say('sha257', 'ab'.repeat(32)), /does not match its checksum/],
    ['a wrong checksum', say('sha256', 'ab'.repeat(32)), /does not match its checksum/],
    ['a checksum that is none', say('sha256', 'AB'), /does not match its checksum/],
    ['NaN parameters', set('params/w', Float32Array.of(Number.NaN)), /"params\/w" holds NaN at position 0/],
    ['NaN optimizer state', set('optimizer/m/w', Float64Array.of(1, Number.NaN)), /holds NaN at position 1/],
    ['whole-number parameters', set('params/w', BigInt64Array.of(1n)), /is int64/],
    [
      'a mask between 0 and 1',
      set('mask/heads', Float32Array.of(0.5, 1), [1, 2]),
      /mask\/heads with 0\.5 at position 0; kept is 1/,
    ],
    [
      'masks of unlike layers',
      set('mask/heads', Float32Array.of(1, 1), [2, 1]),
      /mask\/neurons of shape \[1, 0\], and mask\/heads of 2 layers/,
    ],
    ['half a mask', edited((tensors) => delete tensors['mask/neurons']), /mask\//],
    ['half a curve', edited((tensors) => delete tensors['history/train_loss/min']), /history\/"train_loss" without/],
    ['a curve of unlike columns', set('history/train_loss/min', Float32Array.of(1)), /unlike lengths/],
    ['a curve that goes back', set('history/train_loss/step', BigInt64Array.of(1n, 3n, 2n)), /do not rise/],
    ['a curve at an endless step', set('history/train_loss/step', BigInt64Array.of(1n, 3n, 2n ** 60n)), /do not rise/],
    ['a curve without a name', set('history/step', BigInt64Array.of(1n)), /history/],
    [
      'an intervention that is not known',
      told('["L0H0=sideways"]'),
      /interventions: "sideways" is no intervention on a head; expected one of graft, temperature, uniform/,
    ],
    ['too strong an intervention', told('["L0H0=mean*2"]'), /interventions: mean\*2 is out of range/],
    ['an intervention on no head', told('["L0H7=mean"]'), /interventions: L0H7=mean is not in the model/],
    ['interventions that are no list', told('{"L0H0":1}'), /interventions/],
    [
      'no parameters',
      edited((tensors) =>
        ['Q', 'w'].forEach((name) => {
          delete tensors[`params/${name}`];
        }),
      ),
      /no params/,
    ],
  ];
  it('keeps what is done to heads, and reads a file of an earlier version as one with nothing done', () => {
    const interventions = {
      L0H0: [
        { kind: 'graft', amount: 0.5, source: 'run:4~1f2e3d4c' },
        { kind: 'temperature', amount: 2 },
        { kind: 'mean', amount: 0.5 },
      ],
    } as const;
    const grafts = { 'run:4~1f2e3d4c/L0H0': hostTensor([3], Float32Array.of(1, -2, 0.5)) };
    const mask = { ...example.mask!, interventions, grafts };
    expect(decodeSnapshot(encodeSnapshot({ ...example, mask }), 'x').snapshot.mask).toEqual(mask);
    const broken = { 'run:4~1f2e3d4c/L0H0': hostTensor([1], Float32Array.of(Number.NaN)) };
    expect(() => encodeSnapshot({ ...example, mask: { ...mask, grafts: broken } })).toThrow(
      'graft/run:4~1f2e3d4c/L0H0',
    );
    expect(decodeSnapshot(encodeSnapshot(example), 'x').snapshot.mask).toEqual(example.mask);
  });

  it.each(refused)('is refused with %s', (_, file, message) => {
    expect(() => decodeSnapshot(file, 'a.safetensors')).toThrow(UserError);
    expect(() => decodeSnapshot(file, 'a.safetensors')).toThrow(message);
    expect(() => decodeSnapshot(file, 'a.safetensors')).toThrow(/^a\.safetensors: [^\n]*$/);
  });
});

describe('damage', () => {
  const whole = encodeSnapshot(example);
  const stream = RandomStream.named(1, 'damage');
  const check = (file: Uint8Array, what: string): void => {
    try {
      decodeSnapshot(file, 'x');
    } catch (error) {
      if (error instanceof UserError && !error.message.includes('\n')) return;
      throw new Error(`${what}: ${String(error)}`);
    }
    throw new Error(`${what}: accepted`);
  };

  it('of any one bit is noticed', () => {
    for (let at = 0; at < whole.length; at++) {
      const file = whole.slice();
      file[at]! ^= 1 << stream.integer(8);
      check(file, `bit flipped in byte ${at}`);
    }
  });

  it('by cutting, growing, or overwriting with noise is noticed', () => {
    for (let i = 0; i < 100; i++) {
      check(whole.slice(0, stream.integer(whole.length)), 'cut');
      check(Uint8Array.from([...whole, ...new Uint8Array(1 + stream.integer(20))]), 'grown');
      const noisy = whole.slice();
      const start = stream.integer(noisy.length - 1);
      noisy.fill(stream.integer(256), start, start + 1 + stream.integer(40));
      if (!Buffer.from(noisy).equals(whole)) check(noisy, `noise from ${start}`);
    }
  });

  it('to structure is noticed even without a checksum, with a session that makes subnormal numbers zero, too', async () => {
    await evaluate(cpuEngine, (recorder) => ({ one: recorder.constant(axes(1), [1]).square() }));
    const open = Buffer.from(edited(() => undefined));
    const text = open.toString('latin1');
    const swaps: [RegExp, string][] = [
      [/"data_offsets":\[(\d+),/, '"data_offsets":[9$1,'],
      [/"shape":\[/, '"shape":[7,'],
      [/"F32"/, '"F64"'],
      [/"I64"/, '"F64"'],
      [/"shape":\[(\d+)/, '"shape":["$1"'],
      [/,(\d+)\]\}/, ',9007199254740993]}'],
      [/"dtype"/, '"dtypo"'],
      [/,(\d+)\]\}/, ',1e999]}'],
    ];
    for (const [pattern, replacement] of swaps) {
      const header = text.slice(8, 8 + open.readUInt32LE(0)).replace(pattern, replacement);
      const prefix = Buffer.alloc(8);
      prefix.writeUInt32LE(header.length);
      check(
        Buffer.concat([prefix, Buffer.from(header, 'latin1'), open.subarray(8 + open.readUInt32LE(0))]),
        replacement,
      );
    }
  });

  it('without a checksum gives a snapshot or a UserError, never another exception', () => {
    const open = edited(() => undefined);
    const header = decodeSafetensors(open, 'x').header.bytes;
    for (let i = 0; i < 1000; i++) {
      const file = open.slice();
      for (let j = 0; j <= i % 3; j++) file[stream.integer(header)] = stream.integer(256);
      try {
        decodeSnapshot(file, 'x');
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }
  });
});
