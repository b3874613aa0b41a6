import { test } from 'vitest';
import { cases, expectInBothScopes } from './cases.ts';

test.each(cases)('%s, %s: a probe leaves training alone, a clamp goes on byte by byte', expectInBothScopes);
