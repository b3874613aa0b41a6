import type { ClaimResult, Claims } from '../trial.ts';
import { rowsOf, ruleText, summaryOf, trialText, verdictText } from './text.ts';

/** The report as Markdown, with the figures as files beside it. */
export function reportMarkdown(results: readonly Claims[]): string {
  return [
    '# What was reproduced',
    '',
    `${summaryOf(results)}.`,
    '',
    howTold,
    '',
    ...table(
      ['recipe', 'claim', 'where', 'value', 'rule', 'control', 'verdict'],
      rowsOf(results).map((row) => [
        `${row.recipe} (${row.size})`,
        row.statement,
        row.anchor,
        row.value,
        row.rule,
        row.control,
        `**${row.verdict}**`,
      ]),
    ),
    '',
    ...results.flatMap(section),
  ].join('\n');
}

export const howTold =
  'Values are means over seeds with two-sided 95 % intervals (Student’s t). A claim is confirmed where the interval lies wholly on the right side of its threshold, refuted where wholly on the wrong side, undecided else; its control is a change under which the same rule must fail, measured alike.';

function section(result: Claims): string[] {
  const { recipe, size, title, paper, figure, scale, claims, differs } = result;
  return [
    `## ${title}`,
    '',
    `${paper}, ${figure}. Recipe \`${recipe}\`, ${size}: ${scale}.`,
    '',
    `![${title}](${size}/${recipe}/figure.svg)`,
    '',
    ...claims.flatMap((claim) => [`- ${claimText(claim)}`]),
    '',
    ...differs.flatMap(({ what, by, tried, settle }) => [
      `- **Differs from the paper:** ${what} By how much: ${by} Tried: ${tried} What would settle it: ${settle}`,
    ]),
    ...(differs.length > 0 ? [''] : []),
  ];
}

export function claimText(claim: ClaimResult): string {
  const { id, anchor, statement, says, measured, rule, horizon, control, seeds } = claim;
  const doubled = horizon.doubled ? ` After twice as long: ${trialText(horizon.doubled)}.` : '';
  return [
    `\`${id}\` (${anchor}): ${statement} In numbers: ${says}, ${trialText(measured)}; must be ${ruleText(claim)} (${rule.why}).`,
    `Seeds ${seeds.join(', ')}; ${horizon.says}.${doubled}`,
    `Control, ${control.says}: ${trialText(control)}. Verdict: ${verdictText(claim)}.`,
  ].join(' ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
