import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPreset } from '../../src/presets/load.ts';
import { parseSetting, resolveConfig } from '../../src/presets/resolve.ts';
import { lockPath, readLock } from '../../src/store/lock_record.ts';
import { createRunFolder } from '../../src/store/run_folder.ts';
import { program, until } from '../cli/program.ts';
import { leftovers, requireKept, requireRecord, wholeJournal, wholeSnapshots } from './checks.ts';
import { patience } from './common.ts';
import { isAlive, markOf, processesOf, signal } from './processes.ts';
import { Program, type ProgramOptions } from './program.ts';
import { Shell } from './shell.ts';
import { Witness } from './witness.ts';

/** A run that a trainer of its own goes on with. */
export interface Going {
  readonly name: string;
  readonly folder: string;
  readonly pid: number;
  readonly witness: Witness;
}

/** One thread, the engine that is always there, and never the end of the run. */
const plain = ['--threads', '1', '--device', 'cpu'];
/** Updates a second: trials are about when things happen, and others use the machine. */
const pace = 'train.pace=100';
const paced = (words: readonly string[]): string[] =>
  words.some((word) => word.startsWith('train.pace=')) ? [] : ['--set', pace];
const endless = [...plain, '--steps', '16000000', '--set', 'train.schedule=constant'];

/** Where the trials of one kind of fault happen: folders, processes and terminals of their own, and what must hold of them. */
export class Stage {
  /** A short path: sockets are below it. */
  readonly folder = mkdtempSync(join(tmpdir(), 'if-'));
  readonly environment: NodeJS.ProcessEnv;
  readonly #mark = randomUUID();
  readonly #going = new Map<string, Going>();
  readonly #touched = new Set<string>();
  readonly #killed = new Set<string>();
  readonly #programs: Program[] = [];
  readonly #shells: Shell[] = [];
  readonly #closers: (() => void | Promise<void>)[] = [];
  #names = 0;
  static readonly #all = new Set<Stage>();

  constructor() {
    Stage.#all.add(this);
    const { CI: _, NO_COLOR: __, FORCE_COLOR: ___, COLORTERM: ____, INK_SCREEN_READER: _____, ...rest } = process.env;
    const own = Object.fromEntries(
      ['XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'TMPDIR', 'HOME'].map((name) => [name, this.folder]),
    );
    this.environment = { ...rest, ...own, ...markOf(this.#mark), LANG: 'C.UTF-8' };
  }

  /** The folder of a run, be it there or not. */
  runFolder(name: string): string {
    return join(this.folder, 'snapshots', name);
  }

  /** A name that no run has. */
  freshName(): string {
    return `r${++this.#names}`;
  }

  /** To be done when the stage is left, the latest first. */
  atEnd(close: () => void | Promise<void>): void {
    this.#closers.push(close);
  }

  /** Starts the built program without a terminal. */
  start(words: readonly string[], options: ProgramOptions = {}): Program {
    const command = [...(options.before ?? []), process.execPath, program, ...words];
    const started = new Program(
      command,
      options.cwd ?? this.folder,
      { ...this.environment, ...options.environment },
      options,
    );
    this.#programs.push(started);
    return started;
  }

  /** Runs the built program to its end. */
  async run(...words: string[]): Promise<Program> {
    const started = this.start(words);
    await started.ended;
    return started;
  }

  /** Words that train so many tiny steps without a screen in a new run. */
  headless(name: string, steps: number, ...words: string[]): string[] {
    this.touch(name);
    return [
      'train',
      'yang-tiny',
      '--headless',
      '--name',
      name,
      ...plain,
      '--steps',
      String(steps),
      ...paced(words),
      ...words,
    ];
  }

  /** Words that train a new run without an end. */
  endless(name: string, ...words: string[]): string[] {
    this.touch(name);
    return ['train', 'yang-tiny', '--name', name, ...endless, ...paced(words), ...words];
  }

  /** Opens the built program in a terminal of its own; undefined takes a variable out of its environment. */
  shell(words: readonly string[], environment: Readonly<Record<string, string | undefined>> = {}): Shell {
    const changes = Object.entries(environment);
    const without = changes.flatMap(([name, value]) => (value === undefined ? ['-u', name] : []));
    const values = changes.flatMap(([name, value]) => (value === undefined ? [] : `${name}=${value}`));
    // Past what the terminal itself sets.
    const command = ['env', ...without, ...values, process.execPath, program, ...words];
    return this.keep(new Shell(command, this.folder, this.environment));
  }

  /** Keeps a terminal that was opened elsewhere, to be closed with the trial. */
  keep<T extends Shell>(shell: T): T {
    this.#shells.push(shell);
    return shell;
  }

  /** Starts a run in the background that goes on through all trials, as `train --detach` does. */
  async going(settings: readonly string[] = [], options?: ProgramOptions): Promise<Going> {
    const name = this.freshName();
    const before = new Set(this.trainers());
    if (options) await this.#detach(name, settings, options);
    else await this.#launch(name, settings);
    return this.#adopt(name, before);
  }

  /** By the program itself. */
  async #detach(name: string, settings: readonly string[], options: ProgramOptions): Promise<void> {
    const words = settings.flatMap((setting) => ['--set', setting]);
    const started = this.start(this.endless(name, '--detach', ...words), options);
    await started.ended;
    assert.equal(started.status, 0, started.err);
  }

  /** The trainer alone: the program that would start it takes as long again. */
  async #launch(name: string, settings: readonly string[]): Promise<void> {
    const { raw, where } = loadPreset('yang-tiny');
    const given = ['device=cpu', 'threads=1', 'train.steps=16000000', 'train.schedule=constant', pace, ...settings];
    const { config } = resolveConfig(raw, where, given.map(parseSetting));
    const started = new Date().toISOString();
    const record = { v: 1, run: name, config, seed: config.seed, started, source: where } as const;
    const folder = await createRunFolder(join(this.folder, 'snapshots'), record);
    const { folder: cwd, environment: env } = this;
    spawn(process.execPath, [program, 'trainer', folder], { cwd, env, detached: true, stdio: 'ignore' }).unref();
  }

  /** The run that a process goes on with which was not there before. */
  async #adopt(name: string, before: ReadonlySet<number>): Promise<Going> {
    const folder = this.runFolder(name);
    let pid: number | undefined;
    await until(() => {
      pid = this.trainers().find((one) => !before.has(one));
      return pid !== undefined && this.socketOf(folder) !== undefined;
    }, patience);
    const going = { name, folder, pid: pid!, witness: new Witness(this.socketOf(folder)!) };
    // Before that it is being prepared, and ends without a trace.
    await until(() => (going.witness.status?.state ?? 'starting') !== 'starting', patience);
    this.#going.set(name, going);
    this.touch(name);
    return going;
  }

  /** Numbers of the processes that train in the background. */
  trainers(): number[] {
    return processesOf(this.#mark).flatMap(({ pid, words }) => (words.includes('trainer') ? pid : []));
  }

  /** The socket of the trainer that works in a folder, by its lock. */
  socketOf(folder: string): string | undefined {
    const socket = readLock(lockPath(folder))?.socket;
    return socket && existsSync(socket) ? socket : undefined;
  }

  /** The run is no longer expected to go on. @returns its events, which are all there but for the last second's */
  async gone(going: Going, endedAt = Number.POSITIVE_INFINITY): Promise<void> {
    this.#going.delete(going.name);
    await until(() => !isAlive(going.pid), patience);
    going.witness.close();
    requireKept(await wholeJournal(going.folder), going.witness.heard, endedAt);
  }

  /** The run may end from here on, and what it wrote is gone by intent. */
  lost(going: Going): void {
    this.#going.delete(going.name);
    this.#touched.delete(going.name);
    going.witness.close();
  }

  /** The run has ended, and its folder stays for all trials. */
  hold(name: string): void {
    this.#touched.delete(name);
  }

  /** The run's folder is looked at after the trial. */
  touch(name: string): void {
    this.#touched.add(name);
  }

  /** The run had no chance to tidy up: a half-written file may be left until somebody looks. */
  killed(name: string): void {
    this.#killed.add(name);
  }

  /** What holds after every trial. Folders of runs that have ended are removed. */
  async requireSound(): Promise<void> {
    for (const shell of this.#shells.splice(0)) {
      if (shell.isLost) shell.close();
      else await shell.requireRestored();
    }
    for (const started of this.#programs.splice(0)) await started.requireSound();
    const expected = new Set([...this.#going.values()].map(({ pid }) => pid));
    const strangers = () => processesOf(this.#mark).filter(({ pid }) => !expected.has(pid));
    await until(() => strangers().length === 0, patience).catch(() => {
      throw new Error(`left behind: ${JSON.stringify(strangers())}`);
    });
    for (const { name, pid } of this.#going.values()) assert(isAlive(pid), `the trainer of ${name} has ended`);
    for (const name of this.#touched) await this.#requireWhole(name);
  }

  async #requireWhole(name: string): Promise<void> {
    const folder = this.runFolder(name);
    const going = this.#going.get(name);
    if (existsSync(folder)) {
      requireRecord(folder);
      await wholeSnapshots(folder);
      if (existsSync(join(folder, 'journal.jsonl'))) await wholeJournal(folder);
      if (!going && !this.#killed.has(name)) assert.deepEqual(leftovers(folder), [], 'half-written files');
    }
    if (going) return;
    this.#touched.delete(name);
    rmSync(folder, { recursive: true, force: true });
  }

  /** Ends what a failed trial left, so that the next one starts afresh. */
  async clear(): Promise<void> {
    for (const shell of this.#shells.splice(0)) shell.kill();
    for (const started of this.#programs.splice(0)) started.kill();
    const expected = new Set([...this.#going.values()].map(({ pid }) => pid));
    for (const { pid } of processesOf(this.#mark)) if (!expected.has(pid)) signal(pid, 'SIGKILL');
    for (const name of this.#touched) {
      if (this.#going.has(name)) continue;
      this.#touched.delete(name);
      rmSync(this.runFolder(name), { recursive: true, force: true });
    }
  }

  /** Ends the processes of all stages at once: whoever tries the faults is told to end. */
  static abandonAll(): void {
    for (const stage of Stage.#all) {
      for (const { pid } of processesOf(stage.#mark)) signal(pid, 'SIGKILL');
      for (const close of stage.#closers.reverse()) void close();
      rmSync(stage.folder, { recursive: true, force: true });
    }
  }

  /** Ends everything. */
  async leave(): Promise<void> {
    Stage.#all.delete(this);
    for (const { witness } of this.#going.values()) witness.close();
    this.#going.clear();
    await this.clear();
    await until(() => processesOf(this.#mark).length === 0, patience);
    for (const close of this.#closers.reverse()) await close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A folder of this stage. */
  makeFolder(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  }
}
