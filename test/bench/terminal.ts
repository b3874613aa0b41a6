/**
 * The screen in a real pseudo-terminal of 120 × 40 while runs train at full speed, one thread: what leaves it over ssh
 * (ten minutes with a key every second) and over a slow line, and how long a key takes to its echo and to its effect.
 * Exit code 1 above the limits: 64 and 8 kB/s, no clearing of the screen, 100 ms, one run of the graph + 250 ms.
 *
 *     npm run bench:terminal -- --minutes 10 --samples 50
 */
import { measureLatency } from '../cli/latency.ts';
import { measureTraffic, type Traffic } from '../cli/traffic.ts';
import { flagsOf, wholeNumber } from './flags.ts';

const flags = flagsOf(
  { minutes: { type: 'string', default: '10' }, samples: { type: 'string', default: '50' } },
  import.meta.url,
);
const seconds = 60 * wholeNumber('minutes', flags.minutes);
const samples = wholeNumber('samples', flags.samples);
const keys = [
  '2',
  'l',
  'x',
  '1',
  '+',
  'y',
  'e',
  '-',
  '4',
  '4',
  '?',
  '\x1b',
  '3',
  'j',
  '2',
  '\r',
  '\x1b',
  'v',
  'X',
  't',
];
let failures = 0;

function check(passed: boolean, text: string): void {
  if (!passed) failures++;
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${text}`);
}

function checkTraffic(name: string, { mean, most, clears, entries, steps }: Traffic, limit: number): void {
  const rates = `${(mean / 1000).toFixed(1)} kB/s (busiest second ${(most / 1000).toFixed(1)} kB)`;
  check(mean <= 1000 * limit, `${name}: ${rates} of ${limit}, ${steps} steps`);
  check(clears === 0 && entries === 1, `${name}: ${clears} clears, ${entries - 1} returns to the alternate screen`);
}

for (const preset of ['yang-quick', 'yang-fig2a', 'yang-fig2b-small']) {
  const { echo, effect, allowed } = await measureLatency(preset, samples);
  check(echo <= 100, `${preset}: key to echo ${echo.toFixed(0)} ms of 100, median of ${2 * samples}`);
  check(
    effect <= allowed,
    `${preset}: key to effect ${effect.toFixed(0)} ms of ${allowed.toFixed(0)} + one evaluation`,
  );
}
for (const preset of ['yang-quick', 'yang-fig2b-small']) {
  const colours = 'truecolor';
  const [ssh, slow] = [
    await measureTraffic({ preset, connection: 'ssh', seconds: 30, colours }),
    await measureTraffic({ preset, connection: 'slow', seconds: 60, colours: '256' }),
  ];
  checkTraffic(`${preset}, ssh`, ssh, 64);
  checkTraffic(`${preset}, slow`, slow, 8);
}
checkTraffic(
  `yang-quick, ssh, a key every second for ${flags.minutes} minutes`,
  await measureTraffic({ preset: 'yang-quick', connection: 'ssh', seconds, keys, colours: 'truecolor' }),
  64,
);
process.exit(failures > 0 ? 1 : 0);
