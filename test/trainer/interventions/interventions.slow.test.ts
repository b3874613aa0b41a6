import { test } from 'vitest';
import { cases, expectInBothScopes } from './cases.ts';
import { expectGraftInBothScopes, grafts } from './grafting.ts';

test.each(cases)('%s, %s: a probe leaves training alone, a clamp goes on byte by byte', expectInBothScopes);
test.each(grafts.slow)('%s, %s: a probe leaves training alone, a clamp goes on', expectGraftInBothScopes);
