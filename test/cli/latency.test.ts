import { expect, test } from 'vitest';
import { measureLatency } from './latency.ts';

/** Other tests share the two cores: `npm run bench:terminal` holds the limits themselves, 100 ms and what is allowed. */
const crowd = 3;

test('keys are echoed and take effect while a run trains at full speed', { timeout: 120_000 }, async () => {
  const { echo, effect, allowed } = await measureLatency('yang-quick', 15);
  console.log(`key to echo ${Math.round(echo)} ms, to its effect ${Math.round(effect)} ms of ${Math.round(allowed)}`);
  expect(echo).toBeLessThan(crowd * 100);
  expect(effect).toBeLessThan(crowd * allowed);
});
