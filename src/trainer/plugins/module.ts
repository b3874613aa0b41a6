import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../core/clock.ts';
import { described, PluginFault, placeOf } from './fault.ts';
import { hang, inTime, pluginPatience } from './guard.ts';

const doing = 'loading';

/**
 * What a plugin exports, by name; properties of a default export count as names.
 * @param files all that it consists of
 * @throws PluginFault when it does not load, or not in time
 */
export async function exportsOf(file: string, files: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  try {
    const module = await loaded(file);
    const fallback = module['default'];
    return typeof fallback === 'object' && fallback !== null ? { ...fallback, ...module } : module;
  } catch (error) {
    if (error instanceof PluginFault) throw error;
    const place = placeOf(error);
    throw new PluginFault({
      where: place ? `${place.file}:${place.line}` : (error instanceof SyntaxError && wrongLine(files)) || file,
      what: `this plugin does not load (${described(error)})`,
      expected: 'an ECMAScript module; TypeScript must be compiled first',
    });
  }
}

type Module = Readonly<Record<string, unknown>>;

/** Required, as that can be cut off; imported where it waits for something while it loads. */
async function loaded(file: string): Promise<Module> {
  const require = createRequire(import.meta.url);
  try {
    return inTime({ file, doing }, () => require(file) as Module);
  } catch (error) {
    if (!/^ERR_REQUIRE_(ASYNC_MODULE|ESM)$/.test((error as NodeJS.ErrnoException)?.code ?? '')) throw error;
  }
  const wait = 1000 * pluginPatience();
  const late = systemClock.sleep(wait).then(() => Promise.reject(hang(file, doing, wait)));
  return Promise.race([import(pathToFileURL(file).href) as Promise<Module>, late]);
}

/** File and line of the first mistake in the syntax of some modules, which are not run for it. */
function wrongLine(files: readonly string[]): string | undefined {
  for (const file of files) {
    const words = ['--input-type=module', '--check', '-'];
    const { stderr } = spawnSync(process.execPath, words, {
      input: readFileSync(file),
      encoding: 'utf8',
      timeout: 10_000,
    });
    const line = /^\[stdin\]:(\d+)$/m.exec(stderr)?.[1];
    if (line !== undefined) return `${file}:${line}`;
  }
  return undefined;
}
