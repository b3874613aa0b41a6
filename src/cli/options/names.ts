import { UserError } from '../../core/errors.ts';

/** A name for a run or snapshot. @throws UserError when it cannot be the name of a folder or file everywhere */
export function checkName(name: string, where: string): string {
  if (!/^[\w.-]{1,100}$/.test(name) || /^\.+$/.test(name)) {
    throw new UserError({ where, what: `"${name}" cannot be a folder name`, expected: 'letters, digits, . _ -' });
  }
  return name;
}
