import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { program } from '../../cli/program.ts';
import { steps, trainedOnWasm } from './wasm_runs.ts';

/** A Node for ARM and what it runs in, as words: `qemu-aarch64 -L /usr/aarch64-linux-gnu /path/to/node`. */
const words = process.env['INCLINE_ARM_NODE']?.split(' ') ?? [];
const [emulator, ...before] = words;
if (!emulator) process.stdout.write('no test on ARM: INCLINE_ARM_NODE names no Node to run there\n');

test.skipIf(!emulator).each(['yang-quick', 'a small decoder'] as const)(
  '%s with live changes and a clamped head comes out again on ARM, to the byte',
  { timeout: 240_000 },
  async (name) => {
    const { fileOf } = await trainedOnWasm(name);
    const again = [...before, program, 'snapshots', 'verify', '--rerun', fileOf(steps)];
    const { stdout, stderr } = await promisify(execFile)(emulator!, again);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/500 updates again on wasm \(compiler \d+\) with 3 live changes: the same bytes/);
    const { stdout: architecture } = await promisify(execFile)(emulator!, [...before, '-p', 'process.arch']);
    expect(architecture).toBe('arm64\n');
  },
);
