import { describe, expect, it } from 'vitest';
import { chooseLook, colourDepth, wantsPlainText } from '../../src/ui/terminal/terminal.ts';

describe('colour depth', () => {
  it.each([
    [{ TERM: 'xterm-256color' }, '256'],
    [{ TERM: 'xterm-256color', COLORTERM: 'truecolor' }, 'truecolor'],
    [{ TERM: 'tmux-256color', TMUX: '/tmp/x', COLORTERM: '24bit' }, 'truecolor'],
    [{ TERM: 'xterm' }, '16'],
    [{ TERM: 'dumb', COLORTERM: 'truecolor' }, 'none'],
    [{ TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_COLOR: '1' }, 'none'],
    [{ TERM: 'xterm-256color', NO_COLOR: '' }, '256'],
    [{ TERM: 'xterm-256color', FORCE_COLOR: '0' }, 'none'],
    [{ TERM: 'xterm', FORCE_COLOR: '3' }, 'truecolor'],
    [{ TERM: 'xterm', FORCE_COLOR: '2' }, '256'],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, 'none'],
  ] as const)('%j gives %s', (environment, depth) => {
    expect(colourDepth(environment)).toBe(depth);
  });
});

describe('how to draw', () => {
  it('takes plain symbols where the locale is not UTF-8, unless one prefers otherwise', () => {
    expect(chooseLook({ LANG: 'C' }).glyphs).toBe('ascii');
    expect(chooseLook({ LANG: 'en_US.UTF-8', LC_ALL: 'C' }).glyphs).toBe('ascii');
    expect(chooseLook({ LANG: 'de_DE.utf8' }).glyphs).toBe('unicode');
    expect(chooseLook({ LANG: 'C' }, { glyphs: 'unicode' }).glyphs).toBe('unicode');
  });

  it('draws less often over SSH, and least over a slow line', () => {
    const ssh = chooseLook({ SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' });
    expect([ssh.framesPerSecond, ssh.picturesPerSecond]).toEqual([10, 4]);
    const slow = chooseLook({}, { connection: 'slow' });
    expect(slow.framesPerSecond).toBeLessThan(ssh.framesPerSecond);
    expect(chooseLook({}, { fps: 2 })).toMatchObject({ framesPerSecond: 2, picturesPerSecond: 2 });
  });

  it('knows a light background from COLORFGBG', () => {
    expect(chooseLook({ COLORFGBG: '0;15' }).theme).toBe('light');
    expect(chooseLook({ COLORFGBG: '15;0' }).theme).toBe('dark');
    expect(chooseLook({}).theme).toBe('dark');
  });

  it('prints plain text for screen readers', () => {
    expect(wantsPlainText({ INK_SCREEN_READER: 'true', TERM: 'xterm' })).toBe(true);
    expect(wantsPlainText({ TERM: 'xterm' })).toBe(false);
    expect(wantsPlainText({ TERM: 'xterm' }, 'plain')).toBe(true);
    expect(wantsPlainText({ TERM: 'dumb' }, 'full')).toBe(false);
  });
});
