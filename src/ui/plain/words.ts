import { commands } from '../keys/commands.ts';
import { keyTable } from '../keys/keys.ts';
import type { RunKey } from '../keys/run_key.ts';
import type { Model } from '../state/model.ts';
import { isPaused } from '../state/steering.ts';
import { standing } from './news.ts';
import { headsReport, worthReport } from './reports.ts';

/** What a typed line asks for: keys as if pressed on the screen, sentences, or to leave the run alone. */
export type Wish =
  | { readonly type: 'keys'; readonly keys: readonly string[] }
  | { readonly type: 'say'; readonly lines: readonly string[] }
  | { readonly type: 'leave' };

/** Words for the keys that need neither cursor nor picture, with the id of the key; `more` is the second of its two. */
const keyWords: Readonly<Record<string, string>> = {
  pause: 'pause',
  resume: 'pause',
  step: 'step',
  slower: 'slower',
  faster: 'faster',
  save: 'snapshot',
  mark: 'mark',
  fork: 'fork',
  fewer: 'fewer_more',
  more: 'fewer_more',
  restore: 'everything_back',
  undo: 'undo',
  redo: 'redo',
};

const reports: Readonly<Record<string, { readonly help: string; readonly lines: (model: Model) => string[] }>> = {
  status: { help: 'where the run stands; return alone does the same', lines: (model) => [standing(model)] },
  heads: { help: 'entropy of every head and where its attention goes', lines: headsReport },
  worth: { help: 'what removing each head or neuron does to the error', lines: worthReport },
  help: { help: 'this list', lines: () => helpLines() },
};

const leaveWords = ['quit', 'detach', 'q'];

/** Short for `mask` with a sign before every part. */
const maskWords: Readonly<Record<string, { readonly sign: '-' | '+'; readonly help: string }>> = {
  prune: { sign: '-', help: 'prune heads or neurons, as in prune L0H1 or prune L0H1,L0N4-9' },
  restore: { sign: '+', help: 'restore them, as in restore L0H1' },
};

/** Takes a line for a word of the tables, else for a command as after `:`. */
export function wishOf(model: Model, line: string): Wish {
  const text = line.trim().replace(/^:/, '');
  if (leaveWords.includes(text)) return { type: 'leave' };
  const asked = text === '' ? 'status' : text;
  const report = Object.hasOwn(reports, asked) ? reports[asked] : undefined;
  if (report) return { type: 'say', lines: report.lines(model) };
  if (text === 'pause' && isPaused(model)) return { type: 'say', lines: ['The run is paused.'] };
  if (text === 'resume' && !isPaused(model)) return { type: 'say', lines: ['The run is training.'] };
  const binding = bindingOf(text);
  if (binding) return { type: 'keys', keys: [binding.keys[text === 'more' ? 1 : 0]!] };
  const [word = '', ...rest] = text.split(/\s+/);
  const mask = Object.hasOwn(maskWords, word) ? maskWords[word] : undefined;
  if (mask && rest.length === 0) return { type: 'say', lines: [`${word}: ${mask.help}.`] };
  if (mask) return commandLine(`mask ${withSign(mask.sign, rest)}`);
  if (!commands.some(({ name }) => name === word)) return { type: 'say', lines: [unknown(text)] };
  return commandLine(text);
}

function commandLine(text: string): Wish {
  return { type: 'keys', keys: [':', ...[...text].map((symbol) => (symbol === ' ' ? 'space' : symbol)), 'enter'] };
}

function withSign(sign: '-' | '+', words: readonly string[]): string {
  const parts = words.flatMap((word) => word.split(',')).filter((part) => part !== '');
  return parts.map((part) => `${sign}${part.replace(/^[-+]/, '')}`).join(',');
}

function unknown(text: string): string {
  const names = commands.map(({ name }) => name);
  const all = [reports, keyWords, maskWords].flatMap((table) => Object.keys(table));
  return `"${text.slice(0, 40)}" is no word here; there are ${[...new Set([...all, ...names, 'quit'])].join(', ')}.`;
}

function bindingOf(word: string): RunKey | undefined {
  const id = Object.hasOwn(keyWords, word) ? keyWords[word] : undefined;
  return keyTable.find((binding) => binding.id === id);
}

/** Commands as they are typed here: as words, without the colon that opens them on the screen. */
const asTyped = (help: string): string => help.replaceAll(' :', ' ');

function helpLines(): string[] {
  const ofReports = Object.entries(reports).map(([word, { help }]) => `${word}: ${help}.`);
  const ofKeys = Object.keys(keyWords).map((word) => `${word}: ${asTyped(bindingOf(word)!.help)}`);
  const ofMasks = Object.entries(maskWords).map(([word, { help }]) => `${word} PARTS: ${help}.`);
  const ofCommands = commands.map(({ name, argument, help }) => `${`${name} ${argument}`.trim()}: ${asTyped(help)}.`);
  return [...ofReports, ...ofKeys, ...ofMasks, ...ofCommands, 'quit: leave; the run goes on.'];
}
