import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free_port.ts';
import { until } from './program.ts';

/** Daemons are seldom on the path of a user. */
const daemons = ['munged', 'slurmctld', 'slurmd'].map((name) => `/usr/sbin/${name}`);

/** Set where a missing Slurm is an error, not a reason to skip. */
export const needsSlurm = Boolean(process.env['INCLINE_NEEDS_SLURM']);

/** Why there can be no cluster here; undefined when there can. */
export function whyNoCluster(): string | undefined {
  const missing = daemons.find((path) => !existsSync(path));
  return missing && `${missing} is not installed (Debian: slurm-wlm and munge)`;
}

/** A cluster of one node on this machine, of the user who runs the tests, with keys, ports and files of its own. */
export class SlurmCluster {
  /** To be set for commands of Slurm's and whatever calls them. */
  readonly environment: NodeJS.ProcessEnv;
  readonly #running: ChildProcess[];

  private constructor(environment: NodeJS.ProcessEnv, running: ChildProcess[]) {
    this.environment = environment;
    this.#running = running;
  }

  /** @param folder an empty one, for its files; @param cores that it says it has */
  static async start(folder: string, cores: number): Promise<SlurmCluster> {
    const at = (name: string): string => join(folder, name);
    for (const name of ['state', 'spool']) mkdirSync(at(name));
    writeFileSync(at('munge.key'), randomBytes(128), { mode: 0o600 });
    const [first, second] = [await freePort(), await freePort()];
    const user = userInfo().username;
    const settings = [
      'ClusterName=test',
      `SlurmctldHost=${hostname()}(127.0.0.1)`,
      `SlurmctldPort=${first}`,
      `SlurmdPort=${second}`,
      `SlurmUser=${user}`,
      `SlurmdUser=${user}`,
      `AuthInfo=socket=${at('munge.socket')}`,
      `StateSaveLocation=${at('state')}`,
      `SlurmdSpoolDir=${at('spool')}`,
      `SlurmctldPidFile=${at('slurmctld.pid')}`,
      `SlurmdPidFile=${at('slurmd.pid')}`,
      // Without control groups, which a container seldom may make.
      'ProctrackType=proctrack/linuxproc',
      'TaskPlugin=task/none',
      'SelectType=select/cons_tres',
      'SelectTypeParameters=CR_Core',
      'SlurmdParameters=config_overrides',
      'MpiDefault=none',
      'ReturnToService=2',
      'EnforcePartLimits=ALL',
      'KillWait=5',
      'SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000',
      `NodeName=${hostname()} NodeAddr=127.0.0.1 CPUs=${cores} State=UNKNOWN`,
      'PartitionName=all Nodes=ALL Default=YES MaxTime=60 State=UP',
    ];
    writeFileSync(at('slurm.conf'), `${settings.join('\n')}\n`);
    const environment = { ...process.env, SLURM_CONF: at('slurm.conf') };
    const files = ['key', 'socket', 'pid', 'log', 'seed'].map((name) =>
      name === 'socket' ? `--socket=${at('munge.socket')}` : `--${name}-file=${at(`munge.${name}`)}`,
    );
    const running = [spawn(daemons[0]!, ['--foreground', '--force', ...files], { stdio: 'ignore' })];
    await until(() => existsSync(at('munge.socket')));
    for (const daemon of daemons.slice(1)) {
      const own = ['-D', '-L', at(daemon.endsWith('ctld') ? 'slurmctld.log' : 'slurmd.log')];
      running.push(spawn(daemon, own, { env: environment, stdio: 'ignore' }));
    }
    const cluster = new SlurmCluster(environment, running);
    await until(() =>
      cluster.call('sinfo', '--noheader', '--format=%T').then(
        (state) => /idle/.test(state),
        () => false,
      ),
    );
    return cluster;
  }

  /** What a command of Slurm's prints. */
  async call(command: string, ...words: string[]): Promise<string> {
    return (await promisify(execFile)(command, words, { env: this.environment })).stdout;
  }

  async stop(): Promise<void> {
    try {
      execFileSync('scancel', ['--signal=KILL', '--full', `--user=${userInfo().username}`], { env: this.environment });
    } catch {
      // Its controller may be gone.
    }
    // Whoever was started last first: each needs those before it.
    for (const daemon of this.#running.toReversed()) {
      daemon.kill('SIGTERM');
      const late = setTimeout(() => daemon.kill('SIGKILL'), 5000);
      if (daemon.exitCode === null && daemon.signalCode === null) await once(daemon, 'exit');
      clearTimeout(late);
    }
  }
}
