import type { Fault } from '../fault.ts';
import { fullDisk, fullOutput, readOnlyFolder, removedFolder, renamedFolder, replacedFolder } from './folders.ts';
import { hostileFiles } from './hostile_files.ts';
import { hostileClients, otherUser } from './hostile_sockets.ts';
import { hostileText } from './hostile_text.ts';
import { interruptOnce, interruptTwice, resizes, stopKey } from './keys.ts';
import { crash, killSaving, killStarting, killTrainer } from './killed_trainer.ts';
import { brokenPipe, closedTerminal, killScreen, readError } from './lost_screen.ts';
import { divergence, notNumbers } from './numbers.ts';
import { signals } from './signals.ts';
import { specialFiles } from './special_files.ts';
import { dumbTerminal, noHome, noLocale, startingFolder, temporaryFolder } from './surroundings.ts';
import { staleLocks, twoTrainers } from './two_trainers.ts';

/** Every kind of fault, in the order of the table. */
export const faults: readonly Fault[] = [
  ...[killScreen, killTrainer, killStarting, killSaving, crash],
  ...[closedTerminal, readError, brokenPipe],
  ...[interruptOnce, interruptTwice, ...signals, stopKey, resizes],
  ...[fullDisk, fullOutput, readOnlyFolder, renamedFolder, removedFolder, replacedFolder],
  ...[noHome, temporaryFolder, startingFolder, noLocale, dumbTerminal],
  ...[twoTrainers, staleLocks, hostileClients, otherUser],
  ...[...hostileFiles, hostileText, specialFiles],
  ...[notNumbers, divergence],
];
