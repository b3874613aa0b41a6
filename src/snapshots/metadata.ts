import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import type { StreamState } from '../core/random.ts';
import { commonShape, mostThreads, mostUnrolled, type RunConfig } from '../protocol/config.ts';
import { isRunEvent } from '../protocol/event_check.ts';
import type { EngineRecord, RunEvent } from '../protocol/events.ts';
import type { MaskScope } from '../protocol/mask_edits.ts';
import { blank } from './checksum.ts';
import { quote } from './strict-json.ts';

/** What a snapshot says of itself without its tensors. */
export interface SnapshotHeader {
  /** Common sections are checked; those of task and model are the registries' to check. */
  readonly config: RunConfig;
  /** Completed updates. */
  readonly step: number;
  readonly seed: number;
  /** State of every random stream; empty when another program wrote the file. */
  readonly rng: Readonly<Record<string, StreamState>>;
  readonly maskRevision: number;
  /** Absent when another program wrote the file. */
  readonly maskScope?: MaskScope;
  /** Interventions so far. */
  readonly events: readonly RunEvent[];
  /** Absent when another program wrote the file. */
  readonly engine?: EngineRecord;
  /** Seconds that its run has spent in updates so far; absent where nothing tells it, which counts as none. */
  readonly trainedSeconds?: number;
  /** ISO date; empty when another program wrote the file. */
  readonly created: string;
}

const format = 'incline/1';

const named = z.looseObject({ name: z.string() });
const configSchema = z.strictObject({ ...commonShape, task: named, model: named });
const streamSchema = z
  .array(z.int32())
  .length(4)
  .refine((words) => words.some((word) => word !== 0), 'not all zero');
const engineSchema = z.object({
  name: z.string(),
  version: z.string(),
  adapter: z.string().exactOptional(),
  threads: z.int().min(0).max(mostThreads),
  unroll: z.int().min(1).max(mostUnrolled),
});

/** Values of the fields that are JSON or numbers in text. */
const schemas = {
  config: configSchema.transform(({ $schema: _, ...config }): RunConfig => config),
  step: z.int().min(0),
  seed: z.int().min(0),
  rng: z.record(z.string(), streamSchema),
  mask_revision: z.int().min(0),
  mask_scope: z.enum(['probe', 'clamp']),
  interventions: z.array(z.string()),
  events: z.array(z.custom<RunEvent>(isRunEvent, 'an event of a run')),
  engine: engineSchema,
  trained_s: z.number().min(0),
};
type Field = keyof typeof schemas;

/**
 * The metadata of a snapshot, every value a string; the checksum is blank.
 * @param interventions on heads, as edits of the masks; see `parseMask`
 */
export function encodeMetadata(header: SnapshotHeader, interventions: readonly string[] = []): Record<string, string> {
  const { config, step, seed, rng, maskRevision, maskScope, events, engine, trainedSeconds, created } = header;
  return {
    format,
    config: JSON.stringify(config),
    step: JSON.stringify(step),
    seed: JSON.stringify(seed),
    rng: JSON.stringify(rng),
    mask_revision: JSON.stringify(maskRevision),
    ...(maskScope && { mask_scope: JSON.stringify(maskScope) }),
    ...(interventions.length > 0 && { interventions: JSON.stringify(interventions) }),
    events: JSON.stringify(events),
    ...(engine && { engine: JSON.stringify(engine) }),
    ...(trainedSeconds !== undefined && { trained_s: JSON.stringify(trainedSeconds) }),
    created,
    sha256: blank,
  };
}

/** What is taken for a snapshot whose metadata another program lost. */
export interface SuppliedFacts {
  readonly config: RunConfig;
  /** Unless the file tells it; 0 where nothing does. */
  readonly step?: number | undefined;
  /** What a person named it by; absent where nobody did. */
  readonly source?: string;
}

/**
 * What metadata says. Only `format` and `config` are required: other programs write the rest or leave it.
 * @param supplied what holds where they left these as well
 * @param told the step that the rest of the file tells, where the metadata do not
 * @throws UserError when the format is another, or a field is not what it should be
 */
export function decodeMetadata(
  metadata: ReadonlyMap<string, string>,
  where: string,
  supplied?: SuppliedFacts,
  told?: number,
): { readonly header: SnapshotHeader; readonly notices: readonly string[]; readonly interventions: readonly string[] } {
  const found = metadata.get('format');
  // Other libraries leave it out or put a word of their own there, such as `pt`.
  if (!found?.startsWith('incline/') && !supplied) throw lost(found, where);
  if (found?.startsWith('incline/') && found !== format) {
    throw new UserError({ where, what: `format is ${quote(found)}`, expected: format, fix: 'update incline' });
  }
  const read = <F extends Field>(field: F): z.infer<(typeof schemas)[F]> | undefined => {
    const text = metadata.get(field);
    return text === undefined ? undefined : parseField(field, text, where);
  };
  const own = read('config');
  const config = own ?? supplied?.config;
  if (!config)
    throw new UserError({ where, what: 'metadata has no config', expected: 'the resolved configuration', fix: supply });
  const step = read('step') ?? told;
  const rng = read('rng');
  const engine = read('engine');
  const maskScope = read('mask_scope');
  const trainedSeconds = read('trained_s');
  const notices: string[] = [];
  if (!own) notices.push(`its metadata is lost: it is read with the configuration of ${supplied?.source ?? 'the run'}`);
  else if (supplied?.source)
    notices.push(`it has a configuration of its own, so that of ${supplied.source} is not used`);
  const otherwise = supplied?.step ?? 0;
  if (step === undefined)
    notices.push(`neither its metadata, its name nor its curves tell its step, taken as ${otherwise}`);
  if (rng === undefined) notices.push('it holds no random state: every stream starts afresh');
  const header: SnapshotHeader = {
    config,
    step: step ?? otherwise,
    seed: read('seed') ?? config.seed,
    rng: rng ?? {},
    maskRevision: read('mask_revision') ?? 0,
    ...(maskScope && { maskScope }),
    events: read('events') ?? [],
    ...(engine && { engine }),
    ...(trainedSeconds !== undefined && { trainedSeconds }),
    created: metadata.get('created') ?? '',
  };
  return { header, notices, interventions: read('interventions') ?? [] };
}

const supply = 'or supply it with --config RUN to eval, prune, snapshots export or train --resume';

function lost(found: string | undefined, where: string): UserError {
  return new UserError({
    where,
    what: `its metadata is lost (${found === undefined ? 'no format' : `format is ${quote(found)}`}), as by save_file without metadata`,
    expected: format,
    fix: `keep it with save_file(tensors, file, metadata=kept), kept being safe_open(original, "np").metadata() without "sha256", ${supply}`,
  });
}

function parseField<F extends Field>(field: F, text: string, where: string): z.infer<(typeof schemas)[F]> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError({ where, what: `metadata ${field} is not JSON (${quote(text)})` });
  }
  const result = schemas[field].safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    const path = quote([field, ...issue.path].join('.'));
    throw new UserError({ where, what: `metadata ${path}: ${quote(issue.message)}` });
  }
  return result.data as z.infer<(typeof schemas)[F]>;
}
