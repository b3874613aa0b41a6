#!/usr/bin/env node
import { refuseDebugger } from './core/signals.ts';

refuseDebugger();

// What the program is made of takes a while to load, and a signal may come meanwhile.
const { watchOutput } = await import('./cli/output/output_failure.ts');
const { endWith, runCli } = await import('./cli/run.ts');
watchOutput();
await endWith(await runCli(process.argv.slice(2)));
