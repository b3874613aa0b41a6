import { spawn } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { StorageError } from '../../src/core/files.ts';
import {
  listSnapshots,
  readSnapshot,
  saveSnapshot,
  snapshotFile,
  stepOfFile,
  sweepLeftovers,
} from '../../src/snapshots/store.ts';
import { example } from './example.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incline-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('saving', () => {
  it('names the file by its step, for the owner alone, and leaves nothing else', async () => {
    expect(await saveSnapshot(folder, example)).toBe('step-00000400.safetensors');
    expect(readdirSync(folder)).toEqual(['step-00000400.safetensors']);
    expect(statSync(join(folder, snapshotFile(400))).mode & 0o777).toBe(0o600);
    expect((await readSnapshot(join(folder, snapshotFile(400)))).snapshot).toEqual(example);
  });

  it('replaces a snapshot of the same step', async () => {
    await saveSnapshot(folder, example);
    await saveSnapshot(folder, { ...example, seed: 8 });
    expect((await readSnapshot(join(folder, snapshotFile(400)))).snapshot.seed).toBe(8);
  });

  it('takes the next number where the snapshot of the step is to stay; lists go by step, then by number', async () => {
    await saveSnapshot(folder, { ...example, step: 401 });
    const names = [snapshotFile(400)];
    for (let number = 2; number <= 11; number++) names.push(snapshotFile(400, number));
    expect(names[1]).toBe('step-00000400-2.safetensors');
    for (const name of names)
      expect(await saveSnapshot(folder, example, { stays: (file) => file !== name })).toBe(name);
    expect(await saveSnapshot(folder, example, { stays: (file) => file === names[0] })).toBe(names[1]);
    const listed = await listSnapshots(folder);
    expect(listed.map(({ file }) => file)).toEqual([...names, snapshotFile(401)]);
    expect(names.map(stepOfFile)).toEqual(names.map(() => 400));
    expect(stepOfFile('good-400.safetensors')).toBeUndefined();
  });

  it('that fails says so, leaves no trace and can be tried again', async () => {
    const gone = join(folder, 'gone');
    const failure = await saveSnapshot(gone, example).catch((error) => error);
    expect(failure).toBeInstanceOf(StorageError);
    expect((failure as Error).message).not.toContain('incline-tmp');
    expect(failure.code).toBe('ENOENT');
    expect(readdirSync(folder)).toEqual([]);
    expect(await saveSnapshot(folder, example)).toBe(snapshotFile(400));
  });

  it('does not write over a file of a folder that is no longer its own by the time it would', async () => {
    const name = await saveSnapshot(folder, example);
    const before = readFileSync(join(folder, name));
    const verify = () => {
      throw new StorageError(folder, new Error('another folder stands here'));
    };
    await expect(saveSnapshot(folder, { ...example, seed: 99 }, { verify })).rejects.toThrow(/another folder/);
    expect(readFileSync(join(folder, name)).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual([name]);
  });

  it('does not touch the disk for a state that is not finite', async () => {
    const params = { Q: { shape: [1], data: Float32Array.of(Number.NaN) } };
    await expect(saveSnapshot(folder, { ...example, params })).rejects.toThrow(UserError);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a writer killed at any moment', () => {
  it('leaves every listed snapshot readable, and leftovers that are swept', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'incline-'));
    try {
      // The writer itself, made plain JavaScript so that a process of its own can run it.
      const source = readFileSync(new URL('../../src/core/files.ts', import.meta.url), 'utf8');
      const options = { target: ScriptTarget.ES2022, module: ModuleKind.ESNext };
      writeFileSync(join(outside, 'files.mjs'), transpileModule(source, { compilerOptions: options }).outputText);
      const program = `
        import { readFileSync } from 'node:fs';
        import { writeFileAtomic } from './files.mjs';
        const [path, ...contents] = process.argv.slice(2);
        const files = contents.map((content) => readFileSync(content));
        console.log('ready');
        for (let i = 0; ; i++) await writeFileAtomic(path, files[i % files.length]);`;
      writeFileSync(join(outside, 'writer.mjs'), program);
      const large = { ...example.params, big: { shape: [200_000], data: new Float32Array(200_000).fill(0.5) } };
      const states = [example, { ...example, params: large, seed: 8 }];
      const contents: string[] = [];
      for (const [step, state] of states.entries())
        contents.push(join(outside, await saveSnapshot(outside, { ...state, step })));
      for (const delay of [2, 4, 7, 11, 16, 23]) {
        const child = spawn(process.execPath, [
          join(outside, 'writer.mjs'),
          join(folder, snapshotFile(1)),
          ...contents,
        ]);
        await new Promise((resolve) => child.stdout.once('data', resolve));
        await new Promise((resolve) => setTimeout(resolve, delay));
        child.kill('SIGKILL');
        await new Promise((resolve) => child.once('exit', resolve));
        for (const listed of await listSnapshots(folder)) {
          const { snapshot } = await readSnapshot(listed.path);
          expect(snapshot.params).toEqual(states[snapshot.step]!.params);
        }
        await sweepLeftovers(folder);
        expect(readdirSync(folder).filter((name) => name !== snapshotFile(1))).toEqual([]);
      }
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('sweeps only temporary files', async () => {
    await saveSnapshot(folder, example);
    writeFileSync(join(folder, '.step-00000500.safetensors.1234.incline-tmp'), 'half');
    writeFileSync(join(folder, 'journal.jsonl'), '');
    writeFileSync(join(folder, 'notes.incline-tmp'), 'mine');
    expect(await sweepLeftovers(folder)).toEqual(['.step-00000500.safetensors.1234.incline-tmp']);
    expect(readdirSync(folder).sort()).toEqual(['journal.jsonl', 'notes.incline-tmp', snapshotFile(400)]);
  });
});

describe('listing', () => {
  it('goes by step, reads headers, and says what is wrong with a file without failing', async () => {
    await saveSnapshot(folder, { ...example, step: 1000 });
    await saveSnapshot(folder, example);
    const cut = join(folder, await saveSnapshot(folder, { ...example, step: 500 }));
    truncateSync(cut, statSync(cut).size - 1);
    symlinkSync('/dev/zero', join(folder, 'step-00002000.safetensors'));
    const listed = await listSnapshots(folder);
    expect(listed.map((one) => [one.file, 'header' in one ? one.header.step : one.problem])).toEqual([
      [snapshotFile(400), 400],
      [snapshotFile(1000), 1000],
      [snapshotFile(500), expect.stringMatching(/need \d+ bytes of data, \d+ are there/)],
      [snapshotFile(2000), expect.stringContaining('a link, not a plain file')],
    ]);
    expect(listed[0]).toMatchObject({ bytes: readFileSync(join(folder, snapshotFile(400))).length });
  });

  it('of no folder, and reading no file, is an error of the user', async () => {
    await expect(listSnapshots(join(folder, 'none'))).rejects.toThrow(UserError);
    await expect(readSnapshot(join(folder, 'none'))).rejects.toThrow(/no such file/);
    await expect(readSnapshot(folder)).rejects.toThrow(/a folder, not a plain file/);
  });
});

describe('reading', () => {
  it('refuses a file too large to be a snapshot without reading it', async () => {
    const path = join(folder, 'huge.safetensors');
    writeFileSync(path, '');
    truncateSync(path, 2 ** 33);
    const before = process.memoryUsage().rss;
    await expect(readSnapshot(path)).rejects.toThrow(/8589934592 bytes long; expected at most/);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
  });
});
