import { significant, thousands } from '../../core/format.ts';
import { formatAddress } from '../../protocol/address.ts';
import { formatIntervention, isRemoval } from '../../protocol/interventions.ts';
import type { Model } from '../state/model.ts';
import { headScores, isHeadKept, meanEntropy, received, shownPatterns } from '../state/pattern.ts';
import { boardRows, isExact, keptAmong, pastAmong, rowParts } from '../state/ranking.ts';

/** Every head: how spread its attention is, and where most of it goes. */
export function headsReport(model: Model): string[] {
  const patterns = shownPatterns(model);
  if (!patterns) return ['The heads have not come yet.'];
  const { layers, heads, columns, step } = patterns;
  const unit = model.run.model?.pattern.column ?? 'token';
  const lines = Array.from({ length: layers * heads }, (_, index) => {
    const matrix = patterns.matrix(index);
    const share = received(matrix);
    const most = share.indexOf(Math.max(...share));
    const name = formatAddress({ layer: Math.floor(index / heads), head: index % heads });
    const state = isHeadKept(model, index) ? '' : ', pruned';
    const entropy = significant(meanEntropy(matrix));
    const { previous, match } = headScores(model, index);
    const scores = [
      ...(previous === undefined ? [] : [`${significant(previous)} to the token before`]),
      ...(match === undefined ? [] : [`${significant(match)} to what matches`]),
    ].map((text) => `, ${text}`);
    return `${name}: entropy ${entropy} of at most ${significant(Math.log(columns))} nats, most to ${unit} ${most}, ${significant(share[most]!)}${scores.join('')}${state}.`;
  });
  return [`Attention at step ${thousands(step)}, mean over queries:`, ...lines];
}

/** Lines that are read out at most. */
const most = 12;

/** What removing a part does to the held-out error, that which does most first. */
export function worthReport(model: Model): string[] {
  const { ablation, mask, metrics } = model.run;
  const measured = boardRows(model).flatMap(({ entry }) => entry ?? []);
  if (measured.length === 0) return ['Nothing has been measured yet; the trainer does that beside training.'];
  const metric = metrics.title(ablation.metric);
  const lines = measured.slice(0, most).map(({ address, delta, stderr, step }) => {
    const out = keptAmong(mask.values, rowParts(model, address)).includes(false) ? ', pruned' : '';
    const unsure = isExact(model.run) ? 'exactly' : 'of one prompt or task, so that its standard error is not known';
    const error = stderr === null ? unsure : `standard error ${significant(stderr)}`;
    return `${address}: ${delta < 0 ? '' : '+'}${significant(delta)}, ${error}, at step ${thousands(step)}${out}.`;
  });
  const rest = measured.slice(lines.length);
  const before = rest.some(pastAmong(model.run)) ? ', or were measured of a model that has changed since' : '';
  return [
    `Change of "${metric}" ${isRemoval(ablation.intervention) ? 'without a part' : `with ${formatIntervention(ablation.intervention)} for a head`}:`,
    ...lines,
    ...(rest.length > 0 ? [`${thousands(rest.length)} others change it less${before}.`] : []),
  ];
}
