import { UserError } from './errors.ts';

/** What an error means to a person that says that no more files may be opened; undefined for others. */
export function filesRefused(error: unknown): UserError | undefined {
  const { code, message = '' } = (error ?? {}) as NodeJS.ErrnoException;
  if (code !== 'EMFILE' && code !== 'ENFILE') return undefined;
  const fix = code === 'EMFILE' ? 'raise ulimit -n, which limits this process' : 'end other programs';
  return Object.assign(new UserError({ what: `no more files may be opened (${message})`, fix }), { cause: error });
}
