import { resolve } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { shortened } from '../../core/format.ts';
import { nearest } from '../../core/nearest.ts';
import { evalLoss } from '../../metrics/shared.ts';
import { metricsOf } from '../../models/known/measures.ts';
import { parseSetting, resolveConfig } from '../../presets/resolve.ts';
import type { RunConfig } from '../../protocol/config.ts';
import { onEveryHead, parseMask } from '../../protocol/mask_edits.ts';
import {
  changedCount,
  editMasks,
  keptFraction,
  type MaskValues,
  prunedCount,
  requireInterventions,
} from '../../protocol/mask_values.ts';
import { requireFree, writeSnapshot } from '../../snapshots/store.ts';
import { donorNamed } from '../../store/donor.ts';
import { PruningBench } from '../../trainer/pruning/bench.ts';
import { compaction } from '../../trainer/pruning/compaction.ts';
import { type PruningPoint, pruningCurve } from '../../trainer/pruning/curve.ts';
import { masksGrafted, type OpenDonor, withGrafts } from '../../trainer/session/grafts.ts';
import { type CommonFlags, flagSettings } from '../options/settings.ts';
import { note, print, printCsv, printJson } from '../output/output.ts';
import { directoryOf } from '../preferences/directory.ts';
import { openNamed } from '../snapshots/open_snapshot.ts';
import { prunedNotice } from '../snapshots/pruned_notice.ts';
import { asCsv, asJson } from './data.ts';
import type { PruningReport } from './report.ts';
import { type PruningFlags, type PruningRequest, pruningRequest, withIntervention } from './request.ts';
import { asText } from './text.ts';

interface PruneFlags extends CommonFlags, PruningFlags {
  /** A snapshot or a run. */
  readonly file: string;
  readonly dir?: string | undefined;
  readonly config?: string | undefined;
  readonly repeats?: number | undefined;
  readonly metric?: string | undefined;
  readonly prompts?: number | undefined;
  readonly mask?: string | undefined;
  readonly csv: boolean;
  readonly json: boolean;
}

/** Prunes a snapshot, or the last one of a run, and prints what that costs; writes a smaller snapshot when asked to. */
export async function pruneFile(flags: PruneFlags): Promise<void> {
  const mask = flags.mask === undefined ? [] : parseMask(flags.mask);
  if (flags.compact !== undefined) await requireFree(resolve(flags.compact));
  const { file, where, snapshot, notices } = await openNamed(flags.file, directoryOf(flags.dir), flags.config);
  const settings = flagSettings(flags, {
    'evaluate.prompts': flags.prompts,
    'prune.repeats': flags.repeats,
    'prune.metric': flags.metric,
  });
  const measured = (own: RunConfig): RunConfig => {
    const usual = own.prune.settings.map((text) => ({ ...parseSetting(text), flag: 'prune.settings' }));
    return resolveConfig(own, where, [...usual, ...settings]).config;
  };
  const config = measured(snapshot.config);
  const bench = await PruningBench.open({ snapshot, config, where });
  const writeSmaller = async (name: string, masks: MaskValues) => {
    requirePruned(masks, file);
    const { saving, snapshot: smaller } = await compaction({
      snapshot,
      where,
      masks,
      measured: (own) => measured(own.config),
    });
    await writeSnapshot(resolve(name), smaller);
    const { heads, neurons } = smaller.mask!;
    const masked = { heads: prunedCount(heads).pruned, neurons: prunedCount(neurons).pruned };
    return { file: name, model: smaller.config.model, masked, ...saving };
  };
  note(...[...notices, ...prunedNotice(snapshot, mask)].map((notice) => `${file}: ${notice}`));
  try {
    const asked = pruningRequest(flags, config, bench.experiment.model.facts);
    const open = (word: string) => donorNamed(word, directoryOf(flags.dir));
    const start = await masksGrafted(bench.masks, mask, bench.experiment, open);
    requireInterventions(start, bench.experiment.model.facts, mask.length > 0 ? '--mask' : where);
    const { request, own } = await withDonor(asked, start, bench.experiment, open);
    const named = editMasks(own, request.edits, request.edits.length > 0 ? '--heads, --neurons' : file);
    const baseline = await bench.measure(own);
    const shown = shownMetric(config, baseline);
    const { report, masks } = await pruned(bench, request, named);
    const compact = flags.compact === undefined ? undefined : await writeSmaller(flags.compact, masks);
    const all = { file, step: snapshot.step, config, shown, baseline, ...report, ...(compact && { compact }) };
    if (flags.json) printJson(asJson(all));
    else if (flags.csv) printCsv(asCsv(all));
    else print(...asText(all));
  } finally {
    await bench.dispose();
  }
}

/** The request with the weights of every head in the snapshot that it grafts from, if it does. */
async function withDonor(
  request: PruningRequest,
  start: MaskValues,
  experiment: PruningBench['experiment'],
  open: OpenDonor,
) {
  const { intervention } = request;
  if (intervention.source === undefined) return { request, own: start };
  const every = onEveryHead(experiment.model.facts, intervention);
  const { edits, grafts } = await withGrafts(every, start.grafts ?? {}, experiment, open);
  const named = edits[0]!.intervention!;
  return {
    request: { ...request, intervention: named, edits: request.edits.map((edit) => withIntervention(edit, named)) },
    own: { ...start, grafts },
  };
}

/** What pruning costs, and the masks that it ends with. */
async function pruned(bench: PruningBench, request: PruningRequest, named: MaskValues) {
  const { intervention, kind, score, orders, fractions, edits } = request;
  const { seed, prune } = bench.experiment.config;
  const parts = bench.experiment.model.facts[kind];
  const before = changedCount(named, kind);
  const all = named[kind].data.length;
  if (fractions.length === 0) {
    const point: PruningPoint = {
      fraction: before / all,
      removed: before,
      metrics: await bench.measure(named),
      edits,
    };
    const curves = [{ order: orders[0]!, points: [point] }];
    return { report: { intervention, kind, parts, before, score, curves }, masks: named };
  }
  const scores = await bench.scores(kind, score, named);
  const curves = [];
  for (const order of orders) {
    const points = await pruningCurve(bench, {
      scores,
      order,
      fractions,
      repeats: prune.repeats,
      seed,
      masks: named,
      as: (edit) => withIntervention(edit, intervention),
    });
    curves.push({ order, points });
  }
  const masks = editMasks(named, curves[0]!.points.at(-1)!.edits);
  return { report: { intervention, kind, parts, before, score, scores, curves }, masks };
}

function requirePruned(masks: MaskValues, file: string): void {
  if (keptFraction(masks) < 1) return;
  throw new UserError({
    where: '--compact',
    what: `nothing is pruned in ${file}`,
    fix: 'say what to leave out, e.g. --fraction 0.2',
  });
}

/** The metric that text shows: the one asked for, else the held-out loss, which moves where an error rate may stay flat. */
function shownMetric(config: RunConfig, measured: PruningReport['baseline']): string {
  const names = Object.keys(measured);
  const asked = config.prune.metric || evalLoss;
  const found = metricsOf(config).named(asked, names);
  if (found !== undefined) return found;
  throw new UserError({
    where: 'prune.metric',
    what: `${JSON.stringify(shortened(asked))} is not measured here`,
    expected: `one of ${names.join(', ')}`,
    fix: nearest(asked, names),
  });
}
