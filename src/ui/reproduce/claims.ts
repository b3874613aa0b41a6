import type { Style } from '../../plot/style.ts';
import { type Line, span, wrapText } from '../../plot/text.ts';
import type { FollowedClaim } from '../../reproduce/follow/follower.ts';

/** How a verdict is shown, everywhere; by its sign where there is no colour. */
const verdicts: Readonly<Record<string, { readonly sign: string; readonly style: Style }>> = {
  confirmed: { sign: '✓', style: { fg: 'training', bold: true } },
  refuted: { sign: '✕', style: { fg: 'alert', bold: true } },
  undecided: { sign: '?', style: { fg: 'out_of_domain', bold: true } },
  'only at small scale': { sign: '~', style: { fg: 'out_of_domain' } },
  'control failed': { sign: '!', style: { fg: 'alert', bold: true } },
  'to be tried': { sign: '○', style: { fg: 'hint' } },
};

export const shownVerdict = (verdict: string) => verdicts[verdict] ?? verdicts['to be tried']!;

/** A claim in a few rows: what is claimed, and below it its name in a report and what it came to. */
export function claimRows({ id, statement, rule, tried }: FollowedClaim, width: number): Line[] {
  const { sign, style } = shownVerdict(tried?.verdict ?? 'to be tried');
  const facts = tried ? [`${id} · ${tried.value}; rule ${rule}`, `control ${tried.control}`] : [`${id} · rule ${rule}`];
  const indented = (text: string, inner: Style): Line[] =>
    wrapText(text, width - 4).map((row) => [span(`   ${row}`, inner)]);
  return [
    ...wrapText(statement, width - 4).map(
      (row, i): Line => [span(i === 0 ? ` ${sign} ` : '   ', style), span(row, { bold: true })],
    ),
    ...(tried && tried.words !== 'confirmed' ? indented(tried.words, style) : []),
    ...facts.flatMap((fact) => indented(fact, { fg: 'hint' })),
  ];
}
