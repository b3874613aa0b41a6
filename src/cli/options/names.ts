import { UserError } from '../../core/errors.ts';

/** Most characters of a name: file systems take 255 bytes, with what is added to it. */
const longest = 100;

/** A name for a run or snapshot. @throws UserError when it cannot be the name of a folder or file everywhere */
export function checkName(name: string, where: string): string {
  if (name.length > longest) {
    const what = `"${name.slice(0, 20)}…" has ${name.length} characters`;
    throw new UserError({ where, what, expected: `at most ${longest}` });
  }
  if (!/^[\w.-]+$/.test(name) || /^\.+$/.test(name)) {
    throw new UserError({ where, what: `"${name}" cannot be a folder name`, expected: 'letters, digits, . _ -' });
  }
  return name;
}

/** The name of a file as far as it can be that of a folder: `my preset` → `my-preset`; one that can stays as it is. */
export function folderName(name: string): string {
  if (/^[\w.-]+$/.test(name)) return name;
  const words = name.replace(/[^\w.-]+/g, '-').replace(/^[-.]+|-+$/g, '');
  return words.slice(0, 80) || 'run';
}
