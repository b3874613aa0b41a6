#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { runCli } from './cli/run.ts';

// The part of the heap for short-lived objects stays at its first size. It would grow with their number, over a hundred
// thousand small steps by a fifth of the process, though next to none of them live on.
setFlagsFromString('--semi-space-growth-factor=1');

// React's own checks and its record of every rendering are for developing it: half of what a frame costs, and memory.
process.env['NODE_ENV'] ??= 'production';

// A reader that stops early, as in `incline presets list | head -1`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runCli(process.argv.slice(2));
