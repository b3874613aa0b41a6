import { test } from 'vitest';
import { smallRuns } from '../small_runs.ts';
import { expectSameEnd } from './cases.ts';

test.each(smallRuns())('one go = resumed = fork of the resumed, same bytes: %s', (_name, settings) =>
  expectSameEnd(settings),
);
