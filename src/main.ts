#!/usr/bin/env node
import { runCli } from './cli/run.ts';

// React's own checks and its record of every rendering are for developing it: half of what a frame costs, and memory.
process.env['NODE_ENV'] ??= 'production';

// A reader that stops early, as in `incline presets list | head -1`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runCli(process.argv.slice(2));
