import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cudaEngine, toolkitIn } from '../../src/engine/cuda.ts';
import { neededLibraries } from '../../src/engine/needed_libraries.ts';
import { runtimePath } from '../../src/engine/onnx/runtime.ts';

const native = join(dirname(runtimePath()), '..', 'bin', 'napi-v6', process.platform, process.arch);
const library = join(native, 'libonnxruntime.so.1');
const isLinux = process.platform === 'linux' && process.arch === 'x64';

/** What the tool of binutils reads; undefined without it. */
function byReadelf(file: string): string[] | undefined {
  try {
    const text = execFileSync('readelf', ['-d', '-W', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return [...text.matchAll(/\(NEEDED\)[^[]*\[([^\]]+)\]/g)].map((match) => match[1]!);
  } catch {
    return undefined;
  }
}

test.skipIf(!isLinux)('the libraries that a shared library asks for are read from it', () => {
  for (const file of [library, process.execPath]) {
    const needed = neededLibraries(file);
    expect(needed).toContain('libc.so.6');
    expect(byReadelf(file) ?? needed).toEqual(needed);
  }
});

test.skipIf(!isLinux)('of what is no such file nothing is read, wherever it is damaged', () => {
  const folder = mkdtempSync(join(tmpdir(), 'incline-elf-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'bent.so');
  expect(neededLibraries(path)).toBeUndefined();
  const whole = readFileSync(library).subarray(0, 4096);
  for (const [at, value] of [
    [0, 0],
    [4, 1],
    [5, 2],
    [39, 255],
    [55, 255],
  ] as const) {
    const bytes = Buffer.from(whole);
    bytes[at] = value;
    writeFileSync(path, bytes);
    expect(neededLibraries(path)).toBeUndefined();
  }
});

test('the versions of CUDA and cuDNN are told from the names', () => {
  const needed = ['libcublasLt.so.13', 'libcudnn.so.9', 'libcudart.so.13', 'libnvrtc.so.13', 'libc.so.6'];
  expect(toolkitIn(needed)).toBe(
    'CUDA 13 and cuDNN 9 (libcublasLt.so.13, libcudnn.so.9, libcudart.so.13, libnvrtc.so.13)',
  );
  expect(toolkitIn(['libc.so.6'])).toBeUndefined();
});

test('without its files it says how to get them, and promises no version of CUDA', async () => {
  const availability = await cudaEngine.availability();
  if (availability.usable) return;
  expect(availability.reason).not.toMatch(/CUDA 1[23]/);
  if (isLinux) expect(availability.reason).toMatch(/are not in .*; fetch them with: \S*node .*install\.js/);
});
