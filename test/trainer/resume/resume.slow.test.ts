import { test } from 'vitest';
import { expectSameEnd, resumeCases } from './cases.ts';

test.each(resumeCases())('one go = resumed = fork of the resumed, same bytes: %s', (_name, settings) =>
  expectSameEnd(settings),
);
