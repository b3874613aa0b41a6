/** Words of a command line as one line of a shell that means them. */
export function shellLine(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

/** A word as a POSIX shell takes it; control characters as bash, zsh and ksh do. */
export function quoted(word: string): string {
  if (/^[\w./=:,@%+-]+$/.test(word)) return word;
  if (!/\p{Cc}/u.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  // A line feed would end the line.
  const escaped = word.replace(/[\\']|\p{Cc}/gu, (c) =>
    c === '\\' || c === "'" ? `\\${c}` : `\\u${c.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
  return `$'${escaped}'`;
}
