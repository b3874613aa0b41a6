import { UserError } from './errors.ts';

const noRight = 'get the right to it, or choose another place';
const noRoom = 'make room and try again';

/** What to do where the system refuses a file, by its word for the reason. */
const remedies: Readonly<Record<string, string>> = {
  EMFILE: 'raise ulimit -n, which limits this process',
  ENFILE: 'end other programs',
  EACCES: noRight,
  EPERM: noRight,
  EROFS: noRight,
  ENOSPC: noRoom,
  EDQUOT: noRoom,
  EIO: 'see to the disk and try again',
};

/** What an error means to a person that says that the system refuses a file, or more of them; undefined for others. */
export function filesRefused(error: unknown): UserError | undefined {
  const { code = '', syscall, path, message = '' } = (error ?? {}) as NodeJS.ErrnoException;
  const fix = remedies[code];
  if (fix === undefined || syscall === undefined) return undefined;
  const isLimit = code === 'EMFILE' || code === 'ENFILE';
  // Signals, sockets and terminals are refused by the same words; what is written to an open file comes without its path.
  if (!isLimit && path === undefined && syscall !== 'write' && syscall !== 'fsync') return undefined;
  // The message of one file repeats its path.
  const complaint = isLimit
    ? { what: `no more files may be opened (${message})`, fix }
    : { where: path, what: message.replace(/ '.*$/s, ''), fix };
  return Object.assign(new UserError(complaint), { cause: error });
}
