import { readFileSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { UserError } from '../../core/errors.ts';

/** A mistake in a file of the user's own: said in one line that names it, status 2, with what was trained kept. */
export class PluginFault extends UserError {}

/** Each file that plugins consist of, as stacks write it, with the plugin that brought it. */
const owners = new Map<string, { readonly file: string; readonly plugin: string }>();

/** Makes the files of a plugin, itself and what it imports, known to whoever looks at stacks. */
export function ownFiles(plugin: string, files: readonly string[]): void {
  for (const file of files) {
    for (const path of new Set([file, realpathSync(file)])) {
      for (const written of [path, pathToFileURL(path).href]) owners.set(`${written}:`, { file, plugin });
    }
  }
}

/** The function of a plugin that was called last: what has no stack, such as a loop without end or a wrong number, is its doing. */
let entered: unknown;

export function entering(work: unknown): void {
  entered = work;
}

/** The plugin's file, with the line at which that function begins where its text stands in one of the plugin's files, once. */
export function enteredAt(plugin: string): string {
  const text = typeof entered === 'function' ? Function.prototype.toString.call(entered) : '';
  const files = new Set([...owners.values()].filter((one) => one.plugin === plugin).map(({ file }) => file));
  const places = [...files].flatMap((file) => {
    const content = contentOf(file);
    const at = text === '' ? -1 : content.indexOf(text);
    const isAlone = at >= 0 && content.indexOf(text, at + 1) < 0;
    return isAlone ? [`${file}:${content.slice(0, at).split('\n').length}`] : [];
  });
  return places.length === 1 ? places[0]! : plugin;
}

/** It may have gone since. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

interface Place {
  readonly file: string;
  readonly plugin: string;
  readonly line: string;
  /** Name of the function, where it has one. */
  readonly within: string | undefined;
}

/** The innermost line of a plugin that a stack names. */
export function placeIn(stack: string): Place | undefined {
  for (const line of stack.split('\n')) {
    for (const [written, { file, plugin }] of owners) {
      const at = line.indexOf(written);
      const number = at < 0 ? undefined : /^\d+/.exec(line.slice(at + written.length))?.[0];
      if (number === undefined) continue;
      const within = /^\s*at (?:async |new )*(?:[\w$]+\.)*([a-zA-Z$][\w$]*) (?:\[as [^\]]+\] )?\(/.exec(line)?.[1];
      return { file, plugin, line: number, within };
    }
  }
  return undefined;
}

/** The line of a plugin that an error comes from. */
export const placeOf = (error: unknown): Place | undefined => placeIn(stackOf(error));

/** The fault that something thrown by a plugin stands for. @param doing what was being done, e.g. `drawing` */
export function faultOf(error: unknown, plugin: string, doing: string): PluginFault {
  if (error instanceof PluginFault) return error;
  if (error instanceof UserError) {
    const { where: _, what, ...rest } = error.complaint;
    return new PluginFault({ where: enteredAt(plugin), what: `${doing}: ${what}`, ...rest });
  }
  const place = placeOf(error);
  return new PluginFault({
    where: place ? `${place.file}:${place.line}` : plugin,
    what: `${doing} failed${place?.within ? ` in ${place.within}` : ''} (${described(error)})`,
  });
}

/**
 * The fault that an error stands for which nobody caught: one whose stack names a plugin, or none that is an error at all,
 * as nothing but a plugin throws such things. Undefined for faults of the program's own.
 */
export function strayFault(error: unknown): PluginFault | undefined {
  if (error instanceof PluginFault) return error;
  const plugin = placeOf(error)?.plugin ?? (error instanceof Error ? undefined : [...owners.values()][0]?.plugin);
  return plugin === undefined ? undefined : faultOf(error, plugin, 'a function of it');
}

/** Where such faults go once a run is made ready, or trained, in this process. */
let taker: ((fault: PluginFault) => void) | undefined;
let held: PluginFault | undefined;

/** From now on the faults that nobody catches wait for the run that is made ready: it ends with them, and clears up. */
export function holdStrayFaults(): void {
  taker ??= (fault) => {
    held ??= fault;
  };
}

/** From now on a run takes the faults that nobody catches, and ends with them. */
export function takeStrayFaults(take: (fault: PluginFault) => void): void {
  taker = take;
  if (held) take(held);
  held = undefined;
}

/** Hands such a fault to the run of this process; @returns false where there is none */
export function giveStrayFault(fault: PluginFault): boolean {
  taker?.(fault);
  return taker !== undefined;
}

/** Longest text of a plugin in a message, in characters. */
const longest = 300;

/** What a plugin threw, as one line says it. */
export function described(error: unknown): string {
  let text: string;
  try {
    text =
      error instanceof UserError
        ? error.message
        : error instanceof Error
          ? `${error.name}: ${error.message}`
          : inspect(error, { depth: 1 });
  } catch {
    text = 'something that cannot be shown';
  }
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** A plugin's name in lines of output. */
export const shortName = (file: string): string => basename(file);

function stackOf(error: unknown): string {
  try {
    return error instanceof Error && typeof error.stack === 'string' ? error.stack : '';
  } catch {
    return '';
  }
}
