import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UserError } from '../../src/core/errors.ts';

/**
 * The command line's options; one that is not among them, or without its value, ends the process. So does `--help`, with the
 * comment that the script begins with.
 * @param script its URL
 */
export function flagsOf<T extends NonNullable<ParseArgsConfig['options']>>(options: T, script: string) {
  if (process.argv.includes('--help')) {
    const [comment] = readFileSync(fileURLToPath(script), 'utf8').split(' */');
    console.log(comment!.replace(/^(\/\*\*\n)? ?\* ?/gm, ''));
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const known = Object.keys(options).map((name) => `--${name}`);
    return refuse(new UserError({ what: (error as Error).message.split('. ')[0]!, expected: known.join(', ') }));
  }
}

/** The value of an option that must be a whole number from 1. */
export function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  return refuse(new UserError({ where: `--${name}`, what: `is ${text}`, expected: 'a whole number from 1' }));
}

/** Ends the process with one line and status 2. */
export function refuse({ message }: UserError): never {
  console.error(`bench: ${message}`);
  process.exit(2);
}
