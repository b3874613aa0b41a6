import type { Key } from 'ink';

const named: readonly [keyof Key, string][] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['backspace', 'backspace'],
  // Most terminals send for backspace what Ink calls delete.
  ['delete', 'backspace'],
];

const controlCharacters: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x7f': 'backspace',
  ' ': 'space',
};

/** The keys in one report of the terminal by the names the key table uses; typing fast or pasting gives several at once. */
export function keyNames(input: string, key: Key): string[] {
  if (key.tab) return [key.shift ? 'shift+tab' : 'tab'];
  const special = named.find(([flag]) => key[flag] === true);
  if (special) return [special[1]];
  if (key.ctrl) return [`ctrl+${input}`];
  if (key.meta) return [];
  return [...input].map(nameOf).filter((name) => name >= ' ');
}

/** ctrl with a letter arrives as the number of the letter. */
function nameOf(character: string): string {
  const letter = character.charCodeAt(0);
  const isLetter = letter >= 1 && letter <= 26;
  return controlCharacters[character] ?? (isLetter ? `ctrl+${String.fromCharCode(letter + 96)}` : character);
}
