import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { tellUnsafeFolders, writeFileAtomic } from '../../src/core/files.ts';
import { builtModule } from '../built_module.ts';

it('a process that ends while it writes leaves no half-written file, at whatever moment', () => {
  const [outside, folder] = ['outside', 'folder'].map((name) => mkdtempSync(join(tmpdir(), `incline-${name}-`)));
  try {
    const files = builtModule('src/core/files.ts', outside!);
    for (const wait of [
      'process.nextTick',
      'setImmediate',
      '(end) => setTimeout(end, 5)',
      '(end) => setTimeout(end, 30)',
    ]) {
      const script = `
        const { writeFileAtomic } = await import(${JSON.stringify(files)});
        for (let i = 0; i < 8; i++) void writeFileAtomic(${JSON.stringify(folder)} + '/' + i, Buffer.alloc(2e7));
        (${wait})(() => process.exit(3));
        await new Promise(() => {});`;
      expect(spawnSync(process.execPath, ['--input-type=module', '-e', script]).status).toBe(3);
      expect(readdirSync(folder!).filter((name) => name.startsWith('.'))).toEqual([]);
    }
  } finally {
    for (const made of [outside, folder]) rmSync(made!, { recursive: true });
  }
});

afterEach(() => vi.restoreAllMocks());

it.each([
  ['EIO', 1],
  ['EINVAL', 0],
])('a folder that refuses to be synced with %s costs no file, and is told %d times', async (code, times) => {
  const folder = mkdtempSync(join(tmpdir(), 'incline-folder-'));
  try {
    const handle = await open(folder, 'r');
    await handle.close();
    const refused = Object.assign(new Error(`${code}: refused, fsync`), { code, syscall: 'fsync' });
    vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'sync').mockRejectedValue(refused);
    const told: string[] = [];
    tellUnsafeFolders((message) => told.push(message));
    for (const text of ['one', 'two']) await writeFileAtomic(join(folder, 'file'), text);
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('two');
    expect(told).toEqual(
      Array(times).fill(`${folder}: what is written there may not survive a power cut (EIO: refused, fsync)`),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
