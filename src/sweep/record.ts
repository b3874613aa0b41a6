import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { writeFileAtomic } from '../core/files.ts';
import { readJson } from '../core/plain_files.ts';
import { sweepFile } from '../store/sweep_folder.ts';
import { cellStates } from './state.ts';

const values = z.record(z.string(), z.unknown());
const lists = z.record(z.string(), z.array(z.unknown()).min(1));

/** The task of a job array that was given a cell. */
const task = z.object({
  /** Name of the job, which no other job has; that of its files too. */
  name: z.string().regex(/^[\w.-]{1,120}$/),
  /** In the array, from 1. */
  index: z.int().min(1),
  /** Number of the array's job, once it is known. */
  job: z
    .string()
    .regex(/^\d{1,20}$/)
    .exactOptional(),
});

const cell = z.object({
  id: z.string(),
  run: z.string().regex(/^[\w.-]{1,100}$/),
  settings: values,
  seed: z.int().min(0),
  state: z.enum(cellStates),
  /** Why it failed or stopped, or what it waits for in a queue. */
  reason: z.string().exactOptional(),
  /** Of its configuration, without steps and machine. */
  config_sha256: z.string(),
  /** Of the trained state of its last snapshot: parameters, optimizer, task, mask. */
  sha256: z.string().exactOptional(),
  /** That is to train it, or does, as far as is known: there while it is queued or running on a cluster. */
  task: task.exactOptional(),
  /** Updates that it has done. */
  step: z.int().min(0).exactOptional(),
  /** Time that it took, in seconds, over all its starts. */
  seconds: z.number().min(0).exactOptional(),
});

const schema = z.object({
  v: z.literal(1),
  name: z.string(),
  /** Preset or file that it started from: a word of a command line, and no option there. */
  preset: z.string().regex(/^(?!-)/),
  grid: lists,
  zip: lists.default({}),
  seeds: z.array(z.int().min(0)).min(1),
  /** What was set for all cells. */
  settings: values,
  /** Total steps of every cell. */
  steps: z.int().min(0),
  /** How many cells are trained at a time, and how nice their processes are. */
  jobs: z.int().min(1).exactOptional(),
  nice: z.int().min(0).max(19).exactOptional(),
  /** The configuration that the cells vary, with every value. */
  config: values,
  created: z.string(),
  versions: z.record(z.string(), z.string()),
  cells: z.array(cell),
});

export type SweepRecord = z.infer<typeof schema>;
export type Cell = z.infer<typeof cell>;

/** Largest `sweep.json` that is read, in bytes: ten thousand cells take about five million. */
const largest = 2 ** 26;

/** @throws UserError when the folder holds no sweep, or one that cannot be read */
export function readSweep(folder: string): SweepRecord {
  const where = join(folder, sweepFile);
  let value: unknown;
  try {
    value = readJson(where, largest);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError({ where, what: `not valid JSON (${(error as Error).message})`, fix: 'restore the file' });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new UserError({
    where,
    what: `${path.join('.') || 'the file'}: ${message}`,
    expected: 'the record of a sweep',
  });
}

export async function writeSweep(folder: string, record: SweepRecord): Promise<void> {
  await writeFileAtomic(join(folder, sweepFile), `${JSON.stringify(record, null, 1)}\n`);
}
