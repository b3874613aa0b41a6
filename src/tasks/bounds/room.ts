import { UserError } from '../../core/errors.ts';

/** Most numbers that a task draws when it is set up: 256 MiB as float32, some 10 s. */
const mostNumbers = 2 ** 26;
/** Most multiplications that setting it up may take: some 5 s. */
const mostMultiplications = 2 ** 31;

/** What setting a task up takes. */
export interface Room {
  readonly numbers: number;
  readonly multiplications?: number;
  /** The settings that it comes from, largest first. */
  readonly settings: readonly string[];
}

/** To be called before anything is drawn. @throws UserError when the settings ask for more than a machine does in a while */
export function requireRoom({ numbers, multiplications = 0, settings }: Room): void {
  const refuse = (what: string, most: number): never => {
    throw new UserError({ what, expected: `at most ${most.toPrecision(2)}`, fix: `lower ${settings.join(' or ')}` });
  };
  if (numbers > mostNumbers) {
    refuse(`setting this task up draws ${numbers.toPrecision(2)} numbers`, mostNumbers);
  }
  if (multiplications > mostMultiplications) {
    refuse(`setting this task up takes ${multiplications.toPrecision(2)} multiplications`, mostMultiplications);
  }
}
