import { defineConfig } from 'vitest/config';

const slow = process.env['INCLINE_SLOW'] === '1';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: slow ? ['test/**/*.slow.test.{ts,tsx}'] : ['test/**/*.test.{ts,tsx}'],
    exclude: slow ? [] : ['test/**/*.slow.test.{ts,tsx}'],
    testTimeout: slow ? 600_000 : 60_000,
    // Two cores are what continuous integration has; more workers only make the timing tests noisy.
    maxWorkers: 2,
    pool: 'forks',
  },
});
