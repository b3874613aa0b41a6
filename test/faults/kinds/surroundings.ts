import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireOneLine, requirePlain } from '../checks.ts';
import { isRoot, patience, pick } from '../common.ts';
import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';

const nobody = 65534;
/** Root may write everywhere, so that its programs run as somebody else. */
const asNobody = isRoot ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : [];

/** A short run in these surroundings ends well, or is refused in one line with nothing left behind. */
async function requireRunsOrRefuses(stage: Stage, environment: NodeJS.ProcessEnv, mayRefuse: boolean): Promise<void> {
  const name = stage.freshName();
  const program = stage.start(stage.headless(name, 40), { environment, before: asNobody });
  await program.ended;
  if (program.status === 2 && mayRefuse) return requireOneLine(program.err);
  assert.equal(program.status, 0, program.err);
  assert.equal(program.err, '');
}

function openToNobody(stage: Stage): void {
  if (isRoot) chownSync(stage.folder, nobody, nobody);
}

export const noHome: Fault = {
  name: 'no-home',
  injected: 'no home folder, one that does not exist, cannot be written, or is a file',
  expected: 'runs as ever; only preferences cannot be kept',
  async begin(stage) {
    openToNobody(stage);
    const locked = stage.makeFolder('locked');
    chmodSync(locked, 0o555);
    const file = join(stage.folder, 'file');
    writeFileSync(file, '');
    const homes = [undefined, '', '/nonexistent/home', locked, file, '/proc', '/dev/null'];
    return async (stream) => {
      const home = pick(stream, homes);
      const none = { XDG_CONFIG_HOME: undefined, XDG_CACHE_HOME: undefined, XDG_DATA_HOME: undefined };
      await requireRunsOrRefuses(stage, { ...none, HOME: home }, false);
    };
  },
};

export const temporaryFolder: Fault = {
  name: 'temporary-folder',
  injected: 'a temporary folder that is missing, cannot be written, or makes socket paths longer than 107 bytes',
  expected: 'a run without a screen runs; one that needs a socket is refused in one line',
  async begin(stage) {
    openToNobody(stage);
    const locked = stage.makeFolder('locked');
    chmodSync(locked, 0o555);
    const long = stage.makeFolder(`long/${'x'.repeat(100)}`);
    if (isRoot) chownSync(long, nobody, nobody);
    const folders = [locked, long, '/nonexistent/tmp', '/proc', '/dev/null', `relative/${'y'.repeat(30)}`, ''];
    return async (stream) => {
      await requireRunsOrRefuses(stage, { XDG_RUNTIME_DIR: undefined, TMPDIR: pick(stream, folders) }, false);
    };
  },
};

/** Locales of old, of none, and of some that do not exist. */
const locales = [{}, { LANG: 'C' }, { LC_ALL: 'POSIX' }, { LANG: 'xx_XX.UTF-99' }, { LANG: '' }];

export const noLocale: Fault = {
  name: 'no-locale',
  injected: 'no locale, C, POSIX, or one that does not exist',
  expected: 'the screen draws with the characters of ASCII alone',
  async begin(stage) {
    const run = await stage.going();
    return async (stream) => {
      const environment = { LANG: undefined, LC_ALL: undefined, LC_CTYPE: undefined, ...pick(stream, locales) };
      const screen = stage.shell(['attach', run.name], environment);
      await screen.see(/training/, patience);
      await run.witness.untilFurther(30);
      screen.press('qd');
      await screen.ended();
      const drawn = screen.raw.slice(0, screen.raw.lastIndexOf('\u001b[?1049l'));
      const strange = /[\u0080-\uffff]+/.exec(drawn);
      assert(!strange, `it writes ${strange?.[0]}`);
    };
  },
};

export const dumbTerminal: Fault = {
  name: 'dumb-terminal',
  injected: '`TERM=dumb`, no TERM, or one that nobody knows',
  expected: 'sentences instead of a screen on a dumb terminal, with no sequence that it does not know',
  async begin(stage) {
    const run = await stage.going();
    return async (stream) => {
      const term = pick(stream, ['dumb', 'unknown-terminal', '']);
      const screen = stage.shell(['attach', run.name], { TERM: term });
      await screen.see(/training/, patience);
      screen.press(term === 'dumb' ? 'quit\n' : 'qd');
      await screen.ended();
      if (term === 'dumb') requirePlain(screen.raw.replaceAll('\r\n', '\n'), 'a screen on a dumb terminal');
    };
  },
};

export const startingFolder: Fault = {
  name: 'no-folder-to-start',
  injected: 'the folder of runs cannot be made or written: locked, a file, under a file, a full path',
  expected: 'refused in one line; no empty folder stays to block the name',
  async begin(stage) {
    openToNobody(stage);
    const locked = stage.makeFolder('locked');
    chmodSync(locked, 0o555);
    writeFileSync(join(stage.folder, 'file'), '');
    mkdirSync(join(stage.folder, 'deep'));
    const folders = [
      join(locked, 'runs'),
      join(stage.folder, 'file'),
      join(stage.folder, 'file/x'),
      '/proc/1/x',
      `/${'x'.repeat(300)}`,
    ];
    return async (stream) => {
      const name = stage.freshName();
      const words = [...stage.headless(name, 40), '--dir', pick(stream, folders)];
      const program = stage.start(words, { before: asNobody });
      await program.ended;
      assert.equal(program.status, 2, program.err);
      rmSync(join(stage.folder, 'snapshots'), { recursive: true, force: true });
    };
  },
};
