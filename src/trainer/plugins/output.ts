import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { visible } from '../../core/visible.ts';
import { PluginFault, placeIn, shortName } from './fault.ts';
import { pluginAtWork } from './guard.ts';

/** Most lines that plugins may write, and their longest, in characters. */
const mostLines = 1000;
const longestLine = 2000;

/** Frames of a stack that are searched for a plugin: what it calls may call much else before a stream is written to. */
const searchedFrames = 50;

/** Functions whose first parameter may be the descriptor of standard output itself. */
const writing = ['write', 'writev', 'writeFile', 'appendFile'].flatMap((name) => [name, `${name}Sync`]);
const standardOutput: readonly unknown[] = [1, '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'];

let isWatched = false;
let lines = 0;
/** Plugins of which it was said that they write to the descriptor. */
const told = new Set<string>();

/**
 * From now on what plugins write goes to standard error, line by line after the name of the file, and no plugin ends the
 * process: standard output is for the program's own lines, which others read. A flood ends in a word that it does.
 */
export function watchPlugins(): void {
  if (isWatched) return;
  isWatched = true;
  const tell = process.stderr.write.bind(process.stderr);
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write;
    stream.write = ((...values: [unknown, unknown?, unknown?]) => {
      const plugin = writer();
      if (plugin === undefined) return Reflect.apply(write, stream, values);
      for (const line of linesOf(values[0], plugin)) tell(line);
      const done = values.findLast((value) => typeof value === 'function') as (() => void) | undefined;
      if (done) process.nextTick(done);
      return true;
    }) as typeof stream.write;
  }
  guardDescriptor(tell);
  const exit = process.exit;
  process.exit = ((code) => {
    const plugin = writer();
    if (plugin === undefined) return exit(code);
    throw new PluginFault({
      where: plugin.place,
      what: `it calls process.exit(${code ?? ''})`,
      expected: 'a plugin that returns or throws',
    });
  }) as typeof process.exit;
}

/** What a plugin writes to the descriptor of standard output goes to that of standard error, as it is. */
function guardDescriptor(tell: (line: string) => unknown): void {
  const apply = (write: (...given: unknown[]) => unknown, self: unknown, [to, ...rest]: unknown[]): unknown => {
    const plugin = standardOutput.includes(to) ? writer() : undefined;
    if (plugin && !told.has(plugin.name)) {
      told.add(plugin.name);
      // Through the guard of standard error it would count as the plugin's own.
      tell(`${plugin.name}: what it writes to descriptor 1 goes to standard error (${plugin.place})\n`);
    }
    return Reflect.apply(write, self, [plugin ? 2 : to, ...rest]);
  };
  const functions = fs as unknown as Record<string, (...given: unknown[]) => unknown>;
  for (const name of writing) functions[name] = new Proxy(functions[name]!, { apply });
  // Named imports of the module see it too.
  syncBuiltinESMExports();
}

interface Writer {
  readonly name: string;
  /** File and line. */
  readonly place: string;
}

/** The plugin that is at work, by the stack. */
function writer(): Writer | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = searchedFrames;
  const place = placeIn(new Error('who').stack ?? '');
  Error.stackTraceLimit = stackTraceLimit;
  if (place) return { name: shortName(place.plugin), place: `${place.file}:${place.line}` };
  const file = pluginAtWork();
  return file === undefined ? undefined : { name: shortName(file), place: file };
}

function linesOf(chunk: unknown, { name }: Writer): string[] {
  if (lines > mostLines) return [];
  const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString('utf8');
  const shown = text
    .replace(/\n$/, '')
    .split('\n')
    .slice(0, mostLines - lines + 1);
  lines += shown.length;
  if (lines > mostLines) shown.splice(-1, 1, '… what plugins write from here on is left out');
  return shown.map((line) => `${name}: ${visible(line.slice(0, longestLine))}\n`);
}
