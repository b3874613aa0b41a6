import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
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
