import { type ExecFileException, execFile } from 'node:child_process';
import { UserError } from '../../core/errors.ts';

/** Runs a command of Slurm's in a folder. @returns what it printed; @throws SlurmRefused */
export type CallSlurm = (command: string, words: readonly string[], cwd?: string) => Promise<string>;

/** A command of Slurm's that is not there, or says no. */
export class SlurmRefused extends UserError {}

/** After so long without an answer a command counts as failed, in milliseconds: the controller may be away. */
const patience = 60_000;
/** Most bytes of an answer: ten thousand tasks take about a million. */
const largest = 2 ** 26;
/** Most characters of a refusal that are passed on. */
const longest = 300;

export const callSlurm: CallSlurm = (command, words, cwd) =>
  new Promise((resolve, reject) => {
    const options = { cwd, env: environment(), timeout: patience, maxBuffer: largest };
    const child = execFile(command, words, options, (error, out, err) => {
      if (error === null) resolve(out);
      else reject(refusal(command, error, err));
    });
    child.stdin?.end();
  });

/** Variables that would change what is listed, or have a person asked, do not count. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(SQUEUE|SACCT|SCANCEL)_|^SBATCH_WAIT$/.test(name)),
  );
}

function refusal(command: string, error: ExecFileException, err: string): Error {
  if (error.code === 'ENOENT') {
    const fix = 'do this on a login node of the cluster, with its Slurm on the PATH';
    return new SlurmRefused({ what: `there is no ${command} here`, fix });
  }
  if (error.killed) return new SlurmRefused({ where: command, what: `gave no answer for ${patience / 1000} s` });
  const said = err.replaceAll(`${command}: error: `, '').trim().split('\n').filter(Boolean);
  return new SlurmRefused({ where: command, what: said.join('; ').slice(0, longest) || error.message });
}
