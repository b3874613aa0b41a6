import { fitText, type Line, lineWidth, span, textWidth, wrapText } from '../../plot/text.ts';
import { type KeyBinding, refusalOf } from './key_binding.ts';

/** What the keys that work now do: as many whole hints as fit, in the order of the table; essential ones are chosen first. */
export function hintLine<M>(
  model: M,
  bindings: readonly KeyBinding<M, unknown>[],
  width: number,
  separator = '  ',
): Line {
  const hints = bindings
    .filter(({ unhinted }) => !(typeof unhinted === 'function' ? unhinted(model) : unhinted))
    .filter((binding) => refusalOf(binding, model) === undefined)
    .map((binding) => ({ worth: worthOf(binding), line: hint(model, binding) }));
  const byWorth = [...hints].sort((a, b) => b.worth - a.worth);
  const chosen = new Set<(typeof hints)[number]>();
  let room = width + separator.length;
  for (const one of byWorth) {
    const needed = lineWidth(one.line) + separator.length;
    if (needed > room) continue;
    room -= needed;
    chosen.add(one);
  }
  return hints
    .filter((one) => chosen.has(one))
    .flatMap(({ line }, index) => (index === 0 ? line : [span(separator, { fg: 'border' }), ...line]));
}

/** What leads to all other keys, or out, comes first. */
const worthOf = ({ essential = false }: Pick<KeyBinding<never, unknown>, 'essential'>): number =>
  essential === 'always' ? 2 : Number(essential);

function hint<M>(model: M, binding: KeyBinding<M, unknown>): Line {
  const label = binding.labelNow?.(model) ?? binding.label;
  return [span(binding.shownNow?.(model) ?? binding.shown, { bold: true }), span(` ${label}`, { fg: 'hint' })];
}

/** A name and what it means, which goes on under itself. */
export function explained(name: string, nameColumns: number, meaning: string, width: number): Line[] {
  return wrapText(meaning, width - nameColumns - 4).map((row, index) => [
    span(`   ${fitText(index === 0 ? name : '', nameColumns)}`, { bold: true }),
    span(row),
  ]);
}

/** Keys in a row each, explained as far as there is room. */
export function inBrief(
  bindings: readonly Pick<KeyBinding<never, unknown>, 'shown' | 'help'>[],
  nameColumns: number,
  width: number,
): Line[] {
  return bindings.map(({ shown, help }) => [
    span(` ${fitText(shown, nameColumns + 1)}`, { bold: true }),
    span(clauses(help.replace(/\.$/, ''), width - nameColumns - 3)),
  ]);
}

/** Share of the room that a shortened sentence takes at least: less says too little. */
const leastKept = 1 / 3;

/** A sentence, up to the last end of a clause that fits, else to the last comma or fact. */
export function clauses(sentence: string, width: number): string {
  if (textWidth(sentence) <= width) return sentence;
  for (const marks of [/[;.] | \(/g, /[,:] | · /g]) {
    const ends = [...sentence.matchAll(marks)].map(({ index }) => index);
    const end = ends.findLast((at) => textWidth(sentence.slice(0, at)) <= width);
    if (end !== undefined && end >= leastKept * width) return sentence.slice(0, end);
  }
  return fitText(sentence, width);
}
