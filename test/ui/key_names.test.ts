import type { Key } from 'ink';
import { expect, it } from 'vitest';
import { keyNames } from '../../src/ui/terminal/key_names.ts';

const none = {} as Key;

it('tells keys with ctrl apart that arrive at once, as a second ctrl+c in a hurry', () => {
  expect(keyNames('\x03\x03', none)).toEqual(['ctrl+c', 'ctrl+c']);
  expect(keyNames('q\x03 \r', none)).toEqual(['q', 'ctrl+c', 'space', 'enter']);
});
