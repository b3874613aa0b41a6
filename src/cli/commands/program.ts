import type { Group } from '../parser/command.ts';
import { attachCommand } from './attach.ts';
import { compareCommand } from './compare.ts';
import { completeCommand, completionCommand } from './completion.ts';
import { configCommand } from './config.ts';
import { devicesCommand } from './devices.ts';
import { docsCommand } from './docs.ts';
import { evalCommand } from './eval.ts';
import { helpCommand } from './help.ts';
import { homeCommand } from './home.ts';
import { pluginCommand } from './plugin.ts';
import { presetsCommand } from './presets.ts';
import { pruneCommand } from './prune.ts';
import { replayCommand } from './replay.ts';
import { reproduceCommand } from './reproduce.ts';
import { snapshotsCommand } from './snapshots.ts';
import { stopCommand } from './stop.ts';
import { sweepCommand, sweeperCommand } from './sweep.ts';
import { theoryCommand } from './theory.ts';
import { trainCommand } from './train.ts';
import { trainerCommand } from './trainer.ts';

/** Every command, in the order of the help. */
export const program: Group = {
  name: 'incline',
  describe: 'in-context learning, live in a terminal',
  intro: [
    'incline — in-context learning, live in a terminal',
    '',
    'incline                  presets, live runs and past ones',
    'incline train            start the default run and watch it',
  ],
  commands: [
    trainCommand,
    attachCommand,
    stopCommand,
    sweepCommand,
    reproduceCommand,
    evalCommand,
    replayCommand,
    snapshotsCommand,
    compareCommand,
    theoryCommand,
    pruneCommand,
    presetsCommand,
    pluginCommand,
    devicesCommand,
    configCommand,
    completionCommand,
    helpCommand(() => program),
    trainerCommand,
    sweeperCommand,
    docsCommand,
    completeCommand(() => program),
  ],
  otherwise: homeCommand,
};
