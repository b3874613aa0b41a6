/**
 * Trains for a long time while screens and other clients come and go, and says what the processes hold along the way.
 *
 *     npm run test:soak                      a million steps; status 1 where something grows
 *     npm run test:soak -- --steps 20000
 */
import { parseArgs } from 'node:util';
import { complaintsOf, soak, tableOf } from './soak_run.ts';
import { Stage } from './stage.ts';

const { values } = parseArgs({
  options: { steps: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
for (const end of ['SIGINT', 'SIGTERM'] as const) {
  process.once(end, () => {
    Stage.abandonAll();
    process.exit(1);
  });
}
const samples = await soak(Number(values.steps), Number(values.seed), (line) => console.log(line));
console.log(tableOf(samples));
const complaints = complaintsOf(samples);
for (const complaint of complaints) console.log(complaint);
process.exit(complaints.length > 0 ? 1 : 0);
