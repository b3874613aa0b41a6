import { test } from 'vitest';
import { expectSameAfterKills } from './killed_screens.ts';

test(
  'killing the screen 20 times leaves curve and parameters as those of a run alone, to the byte',
  () => expectSameAfterKills('yang-quick', 20),
  150_000,
);
