import { expect, it } from 'vitest';
import { filesRefused } from '../../src/core/files_refused.ts';

const refused = (facts: Partial<NodeJS.ErrnoException>) => filesRefused(Object.assign(new Error(facts.code), facts));

it('tells what the system refuses of files, and leaves signals, sockets and terminals alone', () => {
  const folder = refused({ code: 'EACCES', syscall: 'mkdir', path: '/base/run' });
  expect(folder?.message).toMatch(/\/base\/run.*get the right to it/);
  expect(refused({ code: 'ENOSPC', syscall: 'write' })?.message).toMatch(/make room/);
  expect(refused({ code: 'EMFILE', syscall: 'open', path: '/x' })?.message).toMatch(/ulimit -n/);
  for (const syscall of ['kill', 'connect', 'read', 'listen']) {
    expect(refused({ code: 'EPERM', syscall }), syscall).toBeUndefined();
  }
  expect(refused({ code: 'ENOENT', syscall: 'open', path: '/x' })).toBeUndefined();
});
