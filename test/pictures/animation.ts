/**
 * A recording of the screen as one animated SVG picture, which any browser plays, for a README:
 *
 *     npx incline replay RUN --cast FILE.cast
 *     npm run animation -- FILE.cast OUT.svg [--frames 12] [--seconds 9]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { animationOf, framesOf } from './animate.ts';
import { readCast } from './asciicast.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { frames: { type: 'string', default: '12' }, seconds: { type: 'string', default: '9' } },
});
const [from, to] = positionals;
const [count, seconds] = [Number(values.frames), Number(values.seconds)];
if (!from || !to || !(count > 1) || !(seconds > 0)) {
  throw new Error('expected FILE.cast OUT.svg, --frames from 2 and --seconds above 0');
}
const svg = animationOf(await framesOf(readCast(readFileSync(from, 'utf8')), count), seconds);
writeFileSync(to, svg);
console.log(`${to}: ${count} frames in ${seconds} s, ${Math.round(Buffer.byteLength(svg) / 1000)} kB`);
