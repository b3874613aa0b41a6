import { wrapText } from '../../plot/text.ts';
import { commonOptions, type OptionName, type OwnOptions, optionNamed } from '../options/table.ts';
import { type Argument, type Command, type Group, usageOf } from './command.ts';
import { dashed } from './complaints.ts';

/** A line of help: what is explained, what it means, and notes that stand at the right edge. */
export type Row = readonly [name: string, meaning: string, ...notes: readonly string[]];

/** The help of a command or of a group of them. @param path from the name of the program to the command */
export function helpOf(one: Command | Group, path: readonly string[], width: number): string[] {
  const isGroup = 'commands' in one;
  // What a group does with a word that names none of its commands.
  const own = isGroup ? (one.otherwise?.arguments ? one.otherwise : undefined) : one;
  const usage = [...path.slice(0, -1), usageOf(own ?? one)].join(' ');
  const options: OwnOptions = { ...commonOptions, ...own?.options };
  const commands = isGroup ? one.commands.filter(({ describe }) => describe !== undefined) : [];
  const sections: readonly (readonly [title: string, rows: readonly Row[]])[] = [
    ['Commands:', commands.map((each) => [[...path, usageOf(each)].join(' '), each.describe!])],
    ['Positionals:', Object.entries(own?.arguments ?? {}).map(argumentRow)],
    ['Options:', Object.entries(options).map(optionRow)],
  ];
  const [title, ...intro] = isGroup && one.intro ? one.intro : [usage, ...(one.describe ? ['', one.describe] : [])];
  return [
    title!,
    ...intro.flatMap((line) => wrapped(line, width)),
    ...sections.flatMap(([head, rows]) => (rows.length === 0 ? [] : ['', head, ...laidOut(rows, width)])),
    ...(own?.epilogue ? ['', ...wrapped(own.epilogue, width)] : []),
  ];
}

const argumentNotes: Readonly<Record<Argument['kind'], readonly string[]>> = {
  required: ['string', 'required'],
  optional: ['string'],
  some: ['array', 'required', 'default: []'],
  many: ['array', 'default: []'],
};

function argumentRow([name, { kind, describe, default: preset }]: [string, Argument]): Row {
  return [
    name,
    describe,
    ...argumentNotes[kind],
    ...(preset === undefined ? [] : [`default: ${JSON.stringify(preset)}`]),
  ];
}

const kindNotes = { switch: ['boolean'], text: ['string'], number: ['number'], list: ['array'], choice: [] } as const;

function optionRow([name, own]: [string, string | true | undefined]): Row {
  const option = optionNamed(name as OptionName);
  const flag = `${name === 'help' ? '-h, ' : '    '}--${dashed(name)}`;
  return [
    flag,
    typeof own === 'string' ? own : option.describe,
    ...kindNotes[option.kind],
    ...('required' in option ? ['required'] : []),
    ...('choices' in option ? [`choices: ${option.choices.map((one) => JSON.stringify(one)).join(', ')}`] : []),
    ...('default' in option ? [`default: ${JSON.stringify(option.default)}`] : []),
  ];
}

/** Meanings in a column of their own; notes in the last row of the meaning where there is room, else below. */
export function laidOut(rows: readonly Row[], width: number): string[] {
  const column = Math.max(...rows.map(([name]) => name.length)) + 4;
  return rows.flatMap(([name, meaning, ...notes]) => {
    const [first = '', ...others] = wrapText(meaning, Math.max(20, width - column));
    const lines = [`  ${name}`.padEnd(column) + first, ...others.map((line) => ' '.repeat(column) + line)];
    const note = notes.map((one) => `[${one}]`).join(' ');
    const last = lines.at(-1)!;
    if (last.length + note.length > width)
      return [...lines, ...wrapText(note, width).map((line) => line.padStart(width))];
    return [...lines.slice(0, -1), note === '' ? last : last + note.padStart(width - last.length)];
  });
}

/** Text in lines of `width` cells; what fits stands as it is. */
export function wrapped(text: string, width: number): string[] {
  return text.length <= width ? [text] : wrapText(text, width);
}
