import { expect, test } from 'vitest';
import { givenUp, policyOf } from '../../src/trainer/loop/retention.ts';

const saved = (text: string) =>
  text.split(' ').map((part) => ({ file: part.split(':')[0]!, why: part.split(':')[1]! }));

test.each([
  ['the last automatic ones stay', 'a:automatic b:automatic c:automatic', 2, ['a']],
  [
    'those by key, at the end and before trouble always do',
    'a:key b:automatic c:last_finite d:end e:automatic',
    1,
    ['b'],
  ],
  ['of the best ones the newest', 'a:best b:best c:best', 5, ['a', 'b']],
  ['one that is also the best stays as long as it is', 'a:automatic a:best b:automatic c:automatic', 1, ['b']],
  ['and goes when a better one comes', 'a:automatic a:best b:automatic c:best', 1, ['a']],
  ['one that a person marked stays', 'a:automatic b:automatic a:marked c:automatic', 1, ['b']],
  ['one saved twice counts once', 'a:automatic b:automatic b:automatic', 2, []],
  ['of jumps the last five', '1:jump 2:jump 3:jump 4:jump 5:jump 6:jump', 1, ['1']],
])('%s', (_name, text, keep, gone) => {
  expect(givenUp(saved(text), policyOf(keep))).toEqual(gone);
});
