import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free_port.ts';
import { program } from './program.ts';

/** sshd wants to be called by its full path; it is seldom on the path of a user. */
const daemon = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find((path) => existsSync(path));

/** Set where a missing sshd is an error, not a reason to skip. */
export const needsSshd = Boolean(process.env['INCLINE_NEEDS_SSHD']);

/** Why there can be no server here; undefined when there can. */
export function whyNoServer(): string | undefined {
  if (!daemon) return 'sshd is not installed (Debian: openssh-server)';
  try {
    execFileSync('ssh', ['-V'], { stdio: 'ignore' });
  } catch {
    return 'there is no ssh client';
  }
  return undefined;
}

/** An sshd of the user who runs the tests, on a free port of this machine, with keys and configuration of its own. */
export class SshServer {
  /** What it logs: one line a login, and why one was refused. */
  log = '';
  readonly #folder: string;
  readonly #port: number;
  readonly #process: ChildProcess;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.#process = spawn(daemon!, ['-D', '-e', '-f', join(folder, 'sshd_config')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process.stderr!.on('data', (chunk) => {
      this.log += chunk;
    });
  }

  /** @param folder an empty one, for its files */
  static async start(folder: string): Promise<SshServer> {
    const key = (name: string) => {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    };
    key('host_key');
    key('user_key');
    const port = await freePort();
    // Where root starts it, it gives up its rights in a folder that a service would make.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const settings = [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(folder, 'host_key')}`,
      `AuthorizedKeysFile ${join(folder, 'user_key.pub')}`,
      `PidFile ${join(folder, 'pid')}`,
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'StrictModes no',
    ];
    writeFileSync(join(folder, 'sshd_config'), `${settings.join('\n')}\n`);
    return new SshServer(folder, port);
  }

  /** The command line that runs the built program in a folder at the other end, as a person who logs in does. */
  command(folder: string, words: readonly string[]): readonly [string, ...string[]] {
    const own = ['XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'TMPDIR'].map((name) => `${name}=${folder}`);
    const there = ['cd', folder, '&&', 'exec', 'env', 'LANG=C.UTF-8', ...own, process.execPath, program, ...words];
    const options = [
      'BatchMode=yes',
      'IdentitiesOnly=yes',
      'StrictHostKeyChecking=no',
      `UserKnownHostsFile=${join(this.#folder, 'known_hosts')}`,
      'LogLevel=ERROR',
    ];
    return [
      'ssh',
      ...['-F', 'none', '-tt', '-p', String(this.#port), '-i', join(this.#folder, 'user_key')],
      ...options.flatMap((option) => ['-o', option]),
      `${userInfo().username}@127.0.0.1`,
      there.join(' '),
    ];
  }

  /** Processes that serve connections: children of the server, and theirs that still are sshd. */
  connections(): number[] {
    const all = execFileSync('ps', ['-eo', 'pid=,ppid=,comm='], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .map(([pid, parent, name]) => ({ pid: Number(pid), parent: Number(parent), name }));
    const below = (parent: number): number[] =>
      all
        .filter((one) => one.parent === parent && one.name?.startsWith('sshd'))
        .flatMap(({ pid }) => [pid, ...below(pid)]);
    return below(this.#process.pid!);
  }

  stop(): void {
    this.#process.kill('SIGTERM');
  }
}
