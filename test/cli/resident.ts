import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Inside, lookInside, withInside } from './inside.ts';
import { program } from './program.ts';

/** Marks at which the size is taken: 1, 2, 5, 10 … thousand steps. */
const marks = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((thousands) => 1000 * thousands);

/** What a run without a screen holds when it reports the evaluation at each mark up to `last`; it goes on a little further. */
export async function residentSizes(
  folder: string,
  preset: string,
  last: number,
): Promise<(Inside & { readonly step: number })[]> {
  const settings = ['evaluate.every=1000', 'train.schedule=constant'].flatMap((setting) => ['--set', setting]);
  const words = [
    'train',
    preset,
    '--json',
    '--steps',
    String(last + 1000),
    '--device',
    'cpu',
    '--threads',
    '1',
    ...settings,
  ];
  const own = { ...process.env, XDG_RUNTIME_DIR: folder, XDG_CONFIG_HOME: folder, TMPDIR: folder };
  const child = spawn(process.execPath, [program, ...words], { cwd: folder, env: withInside(own, folder) });
  const sizes: (Inside & { step: number })[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const { type, step } = JSON.parse(line) as { type: string; step: number };
    if (type === 'evaluated' && marks.includes(step) && step <= last)
      sizes.push({ step, ...(await lookInside(folder, child.pid!)) });
  }
  return sizes;
}

/** By then everything has been compiled, the first curves are laid out and the heap has its size. */
const warm = 10_000;

/** How much more a run holds in the end than when it was warm: of what lives, and resident at the most until then. */
export async function growthOf(
  folder: string,
  preset: string,
  last: number,
): Promise<{ live: number; resident: number }> {
  const sizes = await residentSizes(folder, preset, last);
  const [end, before] = [sizes.at(-1)!, sizes.filter(({ step }) => step <= warm)];
  if (end.step !== last) throw new Error(`the run ended at step ${end.step}`);
  const resident = Math.max(...before.map((size) => size.resident));
  return { live: end.live / before.at(-1)!.live - 1, resident: end.resident / resident - 1 };
}
