import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { rewriteHeader } from '../snapshots/rewrite.ts';
import { sandbox } from './program.ts';

const box = sandbox();
const original = 'snapshots/base/step-00000040.safetensors';
const inFolder = (file: string) => join(box.folder, file);
beforeAll(async () => {
  const every = ['--set', 'snapshot.occasions=false', '--set', 'evaluate.every=20'];
  const { code } = await box.run('train', 'yang-tiny', '--steps', '40', '--name', 'base', '--threads', '1', ...every);
  expect(code).toBe(0);
}, 60_000);
afterAll(() => box.remove());

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}
type Header = { __metadata__?: Record<string, string> } & Record<string, Entry>;

/** The file as another program writes it: some tensors in half precision, the metadata as given. */
function edited(
  half: 'F16' | 'BF16' | undefined,
  isHalved: (name: string) => boolean,
  metadata: (texts: Record<string, string>) => Record<string, string> | undefined,
  isKept: (name: string) => boolean = () => true,
): Buffer {
  const file = readFileSync(inFolder(original));
  const start = 8 + Number(file.readBigUInt64LE(0));
  const pieces: Buffer[] = [];
  const head = rewriteHeader<Header>(file.subarray(0, start), ({ __metadata__, ...tensors }) => {
    let at = 0;
    const kept = Object.entries(tensors).filter(([name]) => isKept(name));
    const entries = kept.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [begin, end],
        },
      ]) => {
        const bytes = file.subarray(start + begin, start + end);
        const halved = half !== undefined && dtype === 'F32' && isHalved(name);
        const piece = halved ? narrowed(bytes, half) : bytes;
        pieces.push(piece);
        at += piece.length;
        return [name, { dtype: halved ? half : dtype, shape, data_offsets: [at - piece.length, at] }];
      },
    );
    const texts = metadata(__metadata__ as Record<string, string>);
    return { ...(texts && { __metadata__: texts }), ...Object.fromEntries(entries) };
  });
  return Buffer.concat([head, ...pieces]);
}

/** Float32 cut off to bfloat16, or to half precision: exponents that half precision lacks become 0. */
function narrowed(bytes: Buffer, half: 'F16' | 'BF16'): Buffer {
  const out = Buffer.alloc(bytes.length / 2);
  for (let i = 0; i < out.length; i += 2) {
    const word = bytes.readUInt32LE(2 * i);
    if (half === 'BF16') out.writeUInt16LE(word >>> 16, i);
    else {
      const exponent = ((word >>> 23) & 0xff) - 112;
      const sign = (word >>> 16) & 0x8000;
      out.writeUInt16LE(exponent > 0 && exponent < 31 ? sign | (exponent << 10) | ((word >>> 13) & 0x3ff) : sign, i);
    }
  }
  return out;
}

const unsealed = ({ sha256: _, ...rest }: Record<string, string>) => rest;
const lost = () => undefined;

it.each(['F16', 'BF16'] as const)(
  'tensors in %s are widened to float32, and the file evaluates and resumes',
  async (half) => {
    const name = `${half}.safetensors`;
    writeFileSync(
      inFolder(name),
      edited(half, () => true, unsealed),
    );
    const { snapshot } = await readSnapshot(inFolder(name));
    const { snapshot: whole } = await readSnapshot(inFolder(original));
    for (const section of ['params', 'optimizer'] as const) {
      for (const [key, { data }] of Object.entries(whole[section])) {
        const widened = snapshot[section][key]!.data;
        expect(widened).toBeInstanceOf(Float32Array);
        // bfloat16 keeps 8 significant bits, half precision 11 of numbers from 2⁻¹⁴ on.
        const off = data.findIndex((value, i) => Math.abs(value - widened[i]!) > 2 ** -7 * Math.abs(value) + 2 ** -14);
        expect(off, `${key}[${off}]: ${data[off]} became ${widened[off]}`).toBe(-1);
      }
    }
    expect((await box.run('eval', name, '--prompts', '50')).code).toBe(0);
    const resumed = await box.run(
      'train',
      '--resume',
      name,
      '--steps',
      '45',
      '--headless',
      '--threads',
      '1',
      '--name',
      half,
    );
    expect([resumed.code, resumed.err]).toEqual([0, '']);
  },
  60_000,
);

it('lost metadata: the message says how to keep it, and --config supplies it', async () => {
  writeFileSync(
    inFolder('edited.safetensors'),
    edited(undefined, () => false, lost),
  );
  writeFileSync(
    inFolder('step-00000040.safetensors'),
    edited(
      undefined,
      () => false,
      () => ({ format: 'pt' }),
    ),
  );
  const refused = await box.run('eval', 'edited.safetensors');
  expect(refused.code).toBe(2);
  expect(refused.err).toMatch(
    /^incline: \S*edited\.safetensors: its metadata is lost .*metadata=kept.*safe_open\(original, "np"\)\.metadata\(\).*--config RUN to eval, prune, .*\n$/,
  );
  const before = JSON.parse((await box.run('eval', original, '--json')).out).metrics;
  for (const source of ['base', 'snapshots/base', 'snapshots/base/run.json', original, 'yang-tiny']) {
    const { code, out, err } = await box.run('eval', 'edited.safetensors', '--config', source, '--json');
    expect(code, source + err).toBe(0);
    expect(err).toContain(
      `note: edited.safetensors: its metadata is lost: it is read with the configuration of ${source}`,
    );
    // Its curves tell the step.
    expect(err).not.toContain('nor its curves tell');
    const { step, metrics } = JSON.parse(out);
    expect(step).toBe(40);
    expect(metrics).toEqual(before);
  }
  // The name of the file tells the step; a word of another library in the metadata is no format of ours.
  const named = await box.run('eval', 'step-00000040.safetensors', '--config', 'base', '--json');
  expect(JSON.parse(named.out)).toMatchObject({ step: 40, metrics: before });
  // The last snapshot of a run is the one that is meant, though it lost its metadata.
  const run = inFolder('snapshots/lost-last');
  cpSync(inFolder('snapshots/base'), run, { recursive: true });
  copyFileSync(inFolder('step-00000040.safetensors'), join(run, 'step-00000040.safetensors'));
  const last = await box.run('eval', 'lost-last', '--config', 'base', '--json');
  expect([last.code, JSON.parse(last.out)]).toMatchObject([0, { step: 40, metrics: before }]);
  rmSync(run, { recursive: true });
  const own = await box.run('eval', original, '--config', 'yang-quick', '--json');
  expect(own.err).toMatch(/a configuration of its own, so that of yang-quick is not used/);
}, 120_000);

it('--config supplies it to prune, export and train --resume as well', async () => {
  writeFileSync(
    inFolder('step-00000040.safetensors'),
    edited(undefined, () => false, lost),
  );
  const file = 'step-00000040.safetensors';
  const given = ['--config', 'base'];
  expect((await box.run('prune', file, ...given, '--fraction', '0.2', '--prompts', '50')).code).toBe(0);
  for (const to of ['onnx', 'json']) {
    expect((await box.run('snapshots', 'export', file, ...given, '--to', to, '--out', `out.${to}`)).code).toBe(0);
  }
  const words = ['--steps', '45', '--headless', '--threads', '1', '--name', 'supplied'];
  const { code, out } = await box.run('train', '--resume', file, ...given, ...words);
  expect(code).toBe(0);
  expect(out).toMatch(/completed at step 45 of 45/);
  expect(JSON.parse(readFileSync(inFolder('snapshots/supplied/run.json'), 'utf8'))).toMatchObject({ source: file });
  expect((await box.run('train', 'yang-tiny', ...given)).err).toMatch(/--config goes with --resume/);
}, 120_000);

it('a configuration of something else is blamed by the name that it was given by', async () => {
  const file = 'step-00000040.safetensors';
  writeFileSync(
    inFolder(file),
    edited(undefined, () => false, lost),
  );
  const given = ['--config', 'li-quick'];
  for (const words of [
    ['eval', file],
    ['prune', file],
    ['snapshots', 'export', file, '--to', 'onnx', '--out', 'other.onnx'],
    ['train', '--headless', '--name', 'other', '--resume', file],
  ]) {
    const { code, err } = await box.run(...words, ...given);
    expect(err).toMatch(
      /^incline: \S*step-00000040\.safetensors, read with --config li-quick: \S+ (is missing|has shape)/m,
    );
    expect(code).toBe(2);
  }
}, 60_000);

it('a run that goes on from a file that tells no step says so', async () => {
  const isState = (name: string): boolean => !name.startsWith('history/');
  writeFileSync(
    inFolder('bare.safetensors'),
    edited(undefined, () => false, lost, isState),
  );
  const words = ['--resume', 'bare.safetensors', '--config', 'base', '--steps', '5', '--headless', '--threads', '1'];
  const { code, out, err } = await box.run('train', ...words, '--name', 'bare');
  expect(code).toBe(0);
  expect(`${out}${err}`.match(/neither its metadata, its name nor its curves tell its step, taken as 0/g)).toHaveLength(
    1,
  );
}, 60_000);

it('show and export take a run for its last snapshot', async () => {
  const shown = await box.run('snapshots', 'show', 'base');
  expect(shown.out).toContain(`${original}\nstep 40`);
  const exported = await box.run('snapshots', 'export', 'base', '--to', 'csv', '--out', 'curves.csv');
  expect(exported.code).toBe(0);
  expect(readFileSync(inFolder('curves.csv'), 'utf8')).toMatch(/^metric,step,min,max,last\n/);
}, 60_000);

it('says which mask is missing, odd or wrong', async () => {
  const file = readFileSync(inFolder(original));
  const changed = async (change: (tensors: Record<string, Entry>) => Record<string, Entry>): Promise<string> => {
    const start = 8 + Number(file.readBigUInt64LE(0));
    const head = rewriteHeader<Header>(file.subarray(0, start), ({ __metadata__, ...tensors }) => {
      return { __metadata__: unsealed(__metadata__ as Record<string, string>), ...change(tensors) };
    });
    writeFileSync(inFolder('masks.safetensors'), Buffer.concat([head, file.subarray(start)]));
    return readSnapshot(inFolder('masks.safetensors')).then(
      () => 'read',
      (error: Error) => error.message,
    );
  };
  const renamed = (from: string, to: string) => (tensors: Record<string, Entry>) =>
    Object.fromEntries(Object.entries(tensors).map(([name, entry]) => [name === from ? to : name, entry]));
  expect(await changed(renamed('mask/heads', 'mask/head'))).toMatch(
    /has "mask\/head" and no mask\/heads, where only mask\/heads and mask\/neurons may stand/,
  );
  expect(await changed(renamed('mask/heads', 'probe/heads'))).toMatch(/has no mask\/heads beside mask\/neurons/);
  const [flat] = [
    await changed(({ 'mask/heads': heads, ...rest }) => ({ 'mask/heads': { ...heads!, shape: [32] }, ...rest })),
  ];
  expect(flat).toMatch(/mask\/heads of shape \[32\] instead of \[layers, heads\]/);
}, 30_000);
