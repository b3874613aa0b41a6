import { describe, expect, test } from 'vitest';
import { measureTraffic } from './traffic.ts';

/** Keys that move, zoom, open, close and look elsewhere. */
const keys = ['2', 'l', '1', '+', 'y', 'e', '-', '4', '4', '?', '\x1b', '3', 'j', '2', '\r', '\x1b'];

// Side by side: two runs take both cores, as the one at full speed should not have the machine to itself.
describe.concurrent('what a screen of 120 × 40 sends while its run trains at full speed', { timeout: 120_000 }, () => {
  test('over ssh, with a key every second: at most 64 kB/s, and no clearing of the screen', async () => {
    const traffic = await measureTraffic({ preset: 'yang-quick', connection: 'ssh', seconds: 30, keys });
    console.log(`ssh: ${(traffic.mean / 1000).toFixed(1)} kB/s, ${traffic.steps} steps`);
    expect(traffic.mean).toBeGreaterThan(1000);
    expect(traffic.mean).toBeLessThanOrEqual(64_000);
    expect(traffic).toMatchObject({ clears: 0, entries: 1 });
    expect(traffic.steps).toBeGreaterThan(1000);
  });

  test('over a slow line: at most 8 kB/s, pictures that change all along included', async () => {
    const traffic = await measureTraffic({ preset: 'yang-quick', connection: 'slow', seconds: 30 });
    console.log(`slow: ${(traffic.mean / 1000).toFixed(1)} kB/s, ${traffic.steps} steps`);
    expect(traffic.mean).toBeGreaterThan(1000);
    expect(traffic.mean).toBeLessThanOrEqual(8_000);
    expect(traffic).toMatchObject({ clears: 0, entries: 1 });
  });
});
