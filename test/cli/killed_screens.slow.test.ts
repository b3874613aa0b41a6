import { test } from 'vitest';
import { expectSameAfterKills } from './killed_screens.ts';

test('killing the screen 100 times leaves curve and parameters as those of a run alone, to the byte', () =>
  expectSameAfterKills('yang-fig2a', 100));
