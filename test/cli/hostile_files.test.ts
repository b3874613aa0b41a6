import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rewriteHeader } from '../snapshots/rewrite.ts';
import { finished, sandbox } from './program.ts';
import { TerminalSession } from './terminal.ts';

const box = sandbox();
const bad = join(box.folder, 'snapshots', 'bad');
const victim = join(box.folder, 'victim.txt');
const words = 'what a person wrote\n';
const snapshot = 'step-00000040.safetensors';
beforeAll(async () => {
  const every = ['--set', 'snapshot.occasions=false', '--set', 'evaluate.every=20'];
  const { code } = await box.run('train', 'yang-tiny', '--steps', '40', '--name', 'base', '--threads', '1', ...every);
  expect(code).toBe(0);
}, 60_000);
afterAll(() => box.remove());

/** A copy of the run with something else in the place of a file. */
function withInstead(name: string, put: (path: string) => void): void {
  rmSync(bad, { recursive: true, force: true });
  cpSync(join(box.folder, 'snapshots', 'base'), bad, { recursive: true });
  writeFileSync(victim, words);
  rmSync(join(bad, name), { force: true });
  put(join(bad, name));
}

const pipe = (path: string): void => void execFileSync('mkfifo', [path]);
const link = (path: string): void => symlinkSync('../../victim.txt', path);
const sparse = (path: string): void => {
  writeFileSync(path, '');
  truncateSync(path, 10 * 2 ** 30);
};

/** A command that is refused: status 2 and one line that names the file. */
async function expectRefused(command: readonly string[], line: RegExp): Promise<void> {
  const { code, err } = await box.run(...command);
  expect(err, command.join(' ')).toMatch(line);
  expect(err.trim().split('\n'), command.join(' ')).toHaveLength(1);
  expect(code, command.join(' ')).toBe(2);
}

it('a run is not continued through a linked journal: what the link leads to stays as it is', async () => {
  for (const put of [link, (path: string) => linkSync(victim, path)]) {
    withInstead('journal.jsonl', put);
    await expectRefused(
      ['train', '--resume', 'bad', '--in-place', '--steps', '60', '--headless'],
      /journal\.jsonl: (a link, not a plain file|has 2 names)/,
    );
    expect(readFileSync(victim, 'utf8')).toBe(words);
  }
}, 60_000);

it('nor through linked pictures or a linked log, nor in the folder of another user', async () => {
  for (const name of ['probe.bin', 'trainer.log']) {
    withInstead(name, link);
    await expectRefused(
      ['train', '--resume', 'bad', '--in-place', '--steps', '60', '--detach'],
      /: a link, not a plain file/,
    );
    expect(readFileSync(victim, 'utf8')).toBe(words);
  }
  if (process.getuid?.() !== 0) return;
  withInstead('nothing', () => chownSync(bad, 65534, 65534));
  await expectRefused(['train', '--resume', 'bad', '--in-place', '--steps', '60'], /bad: belongs to another user/);
}, 60_000);

describe.each([
  ['pipe', pipe],
  ['folder', (path: string): void => void mkdirSync(path)],
  ['link', link],
] as const)('a %s in the place of a file', (kind, put) => {
  it.each([
    ['journal.jsonl', ['replay', 'bad']],
    ['run.json', ['train', '--resume', 'bad', '--in-place', '--steps', '60', '--headless']],
    ['probe.bin', ['train', '--resume', 'bad', '--in-place', '--steps', '60', '--headless']],
    [snapshot, ['eval', `snapshots/bad/${snapshot}`]],
  ] as const)(
    '%s: the run is named, others are listed, and nothing hangs',
    async (name, command) => {
      withInstead(name, put);
      const { code, out, err } = await box.run('snapshots', 'list');
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`^base.*\n.*${snapshot}`, 'm'));
      if (name === snapshot) expect(out).toMatch(/damaged {2}step/);
      if (name.endsWith('.json') || name.endsWith('.jsonl')) expect(err).toMatch(new RegExp(`bad/${name}.*a ${kind}`));
      const refused =
        kind === 'folder' && name === snapshot ? /no snapshot to read|a folder/ : /: .*a (link|pipe|folder)/;
      await expectRefused(command, refused);
      const comparison = await box.run('compare', 'base', 'bad', '--csv');
      expect([0, 2]).toContain(comparison.code);
    },
    60_000,
  );
});

it('pruning curves that are pipes are named and passed over', async () => {
  withInstead('prune.json', pipe);
  const { code, err } = await box.run('compare', 'base', 'bad', '--csv');
  expect(code).toBe(0);
  expect(err).toMatch(/^note: .*bad\/prune\.json: a pipe, not a plain file$/m);
}, 30_000);

it('what a person names is a plain file of a size that can be, or refused in bounded memory', async () => {
  withInstead('nothing', () => undefined);
  pipe(join(box.folder, 'pipe.json'));
  pipe(join(box.folder, 'pipe.js'));
  sparse(join(box.folder, 'large.json'));
  sparse(join(box.folder, 'large.js'));
  sparse(join(box.folder, 'large.safetensors'));
  mkdirSync(join(box.folder, 'incline'), { recursive: true });
  const largestHeap = { ...process.env, ...box.environment, NODE_OPTIONS: '--max-old-space-size=512' };
  Object.assign(box.environment, largestHeap);
  for (const [command, line] of [
    [['train', 'pipe.json'], /pipe\.json: a pipe, not a plain file/],
    [['train', 'large.json'], /large\.json: \d+ bytes long/],
    [['presets', 'validate', '/dev/zero'], /\/dev\/zero: a device/],
    [['train', 'yang-tiny', '--plugin', 'pipe.js'], /pipe\.js: .*a pipe/],
    [['train', 'yang-tiny', '--plugin', 'large.js'], /large\.js: .*\d+ bytes long/],
    [['train', 'yang-tiny', '--plugin', '/dev/zero'], /\/dev\/zero: .*a device/],
    [['train', 'yang-tiny', '--plugin', 'snapshots'], /snapshots: .*a folder/],
    [['eval', 'large.safetensors'], /large\.safetensors: \d+ bytes long/],
    [['prune', '/dev/zero'], /\/dev\/zero: neither a file nor a folder/],
    [['train', '--resume', 'pipe.json'], /pipe\.json: neither a file nor a folder/],
    [['eval', `snapshots/bad/${snapshot}`, '--config', 'pipe.json'], /pipe\.json: a pipe/],
    [['compare', 'base', 'large.safetensors'], /large\.safetensors: \d+ bytes long/],
    [['snapshots', 'export', 'base', '--to', 'csv', '--out', '/dev/null'], /\/dev\/null: not a plain file/],
    [['train', 'mod.jsn'], /^incline: mod\.jsn: no such file; see/],
    [['train', './large.jsn'], /no such file; did you mean large\.json\?/],
  ] as const) {
    await expectRefused(command, line);
  }
}, 120_000);

it('a preference file that is a pipe or lies behind a byte order mark', async () => {
  const file = join(box.folder, 'incline', 'config.json');
  mkdirSync(join(box.folder, 'incline'), { recursive: true });
  writeFileSync(file, '\ufeff{"theme": "light"}');
  expect((await box.run('config', 'get', 'theme')).out).toBe('light\n');
  expect((await box.run('config', 'set', 'fps', '5')).code).toBe(0);
  rmSync(file);
  pipe(file);
  await expectRefused(['config', 'list'], /config\.json: the preferences cannot be read \(a pipe/);
  rmSync(file);
}, 30_000);

it('a configuration is read past the mark that Windows editors put first', async () => {
  const text = readFileSync(new URL('../../presets/yang-tiny.json', import.meta.url), 'utf8');
  writeFileSync(join(box.folder, 'marked.json'), `\ufeff${text}`);
  writeFileSync(join(box.folder, 'wide.json'), Buffer.from(`\ufeff${text}`, 'utf16le'));
  const { code, out } = await box.run('presets', 'validate', 'marked.json', 'wide.json');
  expect([code, out]).toEqual([0, 'marked.json: ok\nwide.json: ok\n']);
}, 30_000);

it('an unreadable folder of another user is named, and the others are listed, also at home', async () => {
  withInstead('nothing', () => undefined);
  chmodSync(box.folder, 0o777);
  for (const path of ['snapshots', 'snapshots/base']) chmodSync(join(box.folder, path), 0o755);
  for (const file of ['run.json', 'journal.jsonl', 'probe.bin', snapshot]) {
    chmodSync(join(box.folder, 'snapshots/base', file), 0o644);
  }
  // Root may read everything, so root looks at it as somebody else.
  const asRoot = process.getuid?.() === 0;
  chmodSync(bad, asRoot ? 0o700 : 0);
  try {
    const { code, out, err } = await finished(box.startAs(asRoot ? 65534 : undefined, 'snapshots', 'list'));
    expect(err).toMatch(/^note: .*bad.*(permission|EACCES)/m);
    expect(out).toMatch(new RegExp(`^base.*\n.*${snapshot}`, 'm'));
    expect(code).toBe(0);
  } finally {
    chmodSync(bad, 0o700);
  }
}, 30_000);

it('a run or snapshot that the system does not let go is refused in one line, and is all there', async () => {
  withInstead('nothing', () => undefined);
  const asRoot = process.getuid?.() === 0;
  const runs = join(box.folder, 'snapshots');
  const run = join(runs, 'base');
  // Root may remove everything, so root tries it as somebody else.
  const before = readdirSync(run);
  for (const folder of [box.folder, runs, run]) chmodSync(folder, asRoot ? 0o755 : 0o555);
  try {
    for (const word of ['base', `snapshots/base/${snapshot}`]) {
      const { code, out, err } = await finished(
        box.startAs(asRoot ? 65534 : undefined, 'snapshots', 'remove', word, '--yes'),
      );
      expect(err).toMatch(/^incline: [^\n]*base[^\n]*EACCES[^\n]*; get the right to it[^\n]*\n$/);
      expect([code, out]).toEqual([2, '']);
      expect(readdirSync(run)).toEqual(before);
    }
  } finally {
    for (const folder of [box.folder, runs, run]) chmodSync(folder, 0o700);
  }
}, 30_000);

it.each([
  ['the run', 'journal.jsonl', pipe, 'a pipe'],
  ['the note', 'notes.json', link, 'a link'],
] as const)(
  'home lists the others and names %s that is left out',
  async (_, name, put, kind) => {
    withInstead(name, put);
    const session = TerminalSession.open(box.folder, box.environment, []);
    try {
      await session.see(/base/);
      await session.see(new RegExp(`left out: bad/${name}: ${kind}, not a plain file`));
      session.press('q');
      expect(await session.exit()).toBe(0);
    } finally {
      session.kill();
    }
  },
  30_000,
);

it('a run behind a link is read, and continued where its folder is the user’s own', async () => {
  const elsewhere = join(box.folder, 'scratch');
  cpSync(join(box.folder, 'snapshots', 'base'), elsewhere, { recursive: true });
  symlinkSync('../scratch', join(box.folder, 'snapshots', 'linked'));
  const listed = await box.run('snapshots', 'list');
  expect(listed.out).toMatch(/^linked/m);
  const words = ['train', '--resume', 'linked', '--in-place', '--steps', '60', '--headless', '--threads', '1'];
  expect((await box.run(...words)).code).toBe(0);
  expect(statSync(join(elsewhere, 'step-00000060.safetensors')).size).toBeGreaterThan(0);
}, 60_000);

it('an engine of 1e9 threads or updates is refused, in a snapshot and in run.json', async () => {
  withInstead('nothing', () => undefined);
  const whole = readFileSync(join(bad, snapshot));
  for (const part of [{ threads: 1e9 }, { unroll: 1e9 }]) {
    type Header = { __metadata__: Record<string, string> };
    const edited = rewriteHeader<Header>(whole, ({ __metadata__: { sha256: _, ...kept }, ...tensors }) => ({
      __metadata__: { ...kept, engine: JSON.stringify({ ...JSON.parse(kept['engine']!), ...part }) },
      ...tensors,
    }));
    writeFileSync(join(bad, snapshot), edited);
    const [name] = Object.keys(part);
    await expectRefused(
      ['train', '--resume', `snapshots/bad/${snapshot}`, '--steps', '60'],
      new RegExp(`engine\\.${name}`),
    );
  }
  withInstead('nothing', () => undefined);
  const record = JSON.parse(readFileSync(join(bad, 'run.json'), 'utf8'));
  record.config.train.unroll = 1e9;
  writeFileSync(join(bad, 'run.json'), JSON.stringify(record));
  await expectRefused(['trainer', 'snapshots/bad'], /run\.json: train\.unroll is 1000000000/);
}, 60_000);
