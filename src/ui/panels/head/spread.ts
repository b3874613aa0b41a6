import { fitNumber, significant } from '../../../core/format.ts';
import type { Matrix } from '../../../plot/heatmap.ts';
import { fitLine, type Line, lineWidth, span } from '../../../plot/text.ts';
import { entropyOfRow, type HeadScores, meanEntropy } from '../../state/pattern.ts';

/** What is known of where a head's attention goes. */
export interface Goals {
  /** On the contexts that have the pattern of the query, where the task has such, and what attention alike on all would give. */
  readonly matching: { readonly mass: number; readonly even: number } | undefined;
  readonly scores: HeadScores;
}

/** How spread the attention is, and where it is known what it is for, how much of it goes there; as much as fits. */
export function spreadLine(matrix: Matrix, row: number, { matching, scores }: Goals, width: number): Line {
  const open = matrix.data
    .subarray(row * matrix.columns, (row + 1) * matrix.columns)
    .filter((one) => !Number.isNaN(one));
  const most = span(`  of at most ${fitNumber(Math.log(Math.max(1, open.length)), 4).trim()} nats`, { fg: 'hint' });
  const line: Line = [
    span(' entropy ', { fg: 'hint' }),
    span(fitNumber(entropyOfRow(matrix, row), 5), { fg: 'value', bold: true }),
    span('  mean ', { fg: 'hint' }),
    span(fitNumber(meanEntropy(matrix), 5)),
  ];
  const goals = matching ? matchingForms(matching) : scoreForms(scores);
  const forms = [[...line, most, ...goals[0]!], ...goals.map((goal) => [...line, ...goal])];
  return fitLine(forms.find((form) => lineWidth(form) <= width) ?? forms.at(-1)!, width);
}

function matchingForms({ mass, even }: NonNullable<Goals['matching']>): Line[] {
  const onTarget = told('on same pattern', fitNumber(mass, 5));
  return [[...onTarget, span(`, ${significant(even, 2)} if spread evenly`, { fg: 'hint' })], onTarget];
}

/** How much goes to the token before and to what matches, the fullest form first. */
function scoreForms({ previous, match, chance }: HeadScores): Line[] {
  const before = previous === undefined ? [] : told('previous', fitNumber(previous, 4).trim());
  if (match === undefined) return [before, []];
  const matches = told('match', fitNumber(match, 4).trim());
  const beside = chance === undefined ? [] : [span(` (chance ${fitNumber(chance, 4).trim()})`, { fg: 'hint' })];
  return [[...before, ...matches, ...beside], [...before, ...matches], matches, []];
}

const told = (name: string, value: string): Line => [
  span(`  ${name} `, { fg: 'hint' }),
  span(value, { fg: 'value', bold: true }),
];
