import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { RandomStream } from '../../src/core/random.ts';
import { visible, visibleJson } from '../../src/core/visible.ts';
import { toAnsi } from '../../src/plot/ansi.ts';
import { fitText, textWidth, toPlain } from '../../src/plot/text.ts';
import { toAscii } from '../../src/plot/to_ascii.ts';
import { loadPreset } from '../../src/presets/load.ts';
import { parseSetting, resolveConfig } from '../../src/presets/resolve.ts';
import { isRunEvent } from '../../src/protocol/event_check.ts';
import { readNotes } from '../../src/store/annotation.ts';
import { mutateBytesOrJson } from './mutations.ts';

const folder = mkdtempSync(join(tmpdir(), 'incline-hostile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const acting = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** What is refused is refused in one line and at once; all else is a bug. @returns whether it was */
function isRefused(act: () => unknown, what: string): boolean {
  const started = performance.now();
  try {
    act();
    return false;
  } catch (error) {
    if (!(error instanceof UserError)) throw new Error(`${what}: ${(error as Error).stack}`);
    expect(error.message).not.toMatch(/\n/);
    expect(error.message).not.toMatch(acting);
    expect(error.message.length).toBeLessThan(4000);
    return true;
  } finally {
    expect(performance.now() - started, what).toBeLessThan(5000);
  }
}

/** Characters of every kind, those that act on terminals more often than they come. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom(
      '\u001b',
      '\u009b',
      '\u0007',
      '\b',
      '\u202e',
      '\u2066',
      '\u200b',
      '\ufeff',
      '\n',
      '\ud800',
      '[2J',
      'a',
    ),
  ),
  maxLength: 40,
});

test('400 damaged presets: used, or refused in one line', () => {
  const whole = readFileSync(new URL('../../presets/li-quick.json', import.meta.url));
  const file = join(folder, 'preset.json');
  let refused = 0;
  for (let seed = 0; seed < 400; seed++) {
    writeFileSync(file, mutateBytesOrJson(whole, RandomStream.named(seed, 'task')));
    const use = (): void => {
      const { raw, where } = loadPreset(file);
      resolveConfig(raw, where);
    };
    if (isRefused(use, `preset, seed ${seed}`)) refused++;
  }
  expect(refused).toBeGreaterThan(150);
  expect(readdirSync(folder)).toEqual(['preset.json']);
}, 60_000);

test('any word of --set is taken or refused in one line, and changes no prototype', () => {
  const { raw, where } = loadPreset('yang-tiny');
  const path = fc.oneof(
    anyText,
    fc.constantFrom(
      'train.steps',
      'task.noise',
      '__proto__.x',
      'constructor.prototype.x',
      'task.__proto__',
      'model.heads.x',
    ),
  );
  const value = fc.oneof(anyText, fc.json(), fc.constantFrom('1e309', '-0', '[[[[[[]]]]]]', '{"__proto__":{"x":1}}'));
  fc.assert(
    fc.property(path, value, (key, text) => {
      isRefused(() => resolveConfig(raw, where, [parseSetting(`${key}=${text}`)]), `${key}=${text}`);
      expect(Object.keys(Object.prototype)).toEqual([]);
    }),
    { seed: 14, numRuns: 400 },
  );
}, 60_000);

test('200 damaged notes are words, or none', () => {
  const whole = Buffer.from(JSON.stringify({ v: 1, note: 'odd one', tags: ['a', 'b'] }));
  for (let seed = 0; seed < 200; seed++) {
    writeFileSync(join(folder, 'notes.json'), mutateBytesOrJson(whole, RandomStream.named(seed, 'task')));
    const { note, tags } = readNotes(folder);
    expect([note, ...tags].every((text) => typeof text === 'string')).toBe(true);
  }
}, 30_000);

test('whatever a text holds, a terminal is shown signs only, as many cells wide as was reckoned', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 0, max: 30 }), (text, width) => {
      expect(visible(text)).not.toMatch(acting);
      expect(visible(text)).not.toMatch(/\n/);
      expect(visibleJson({ text })).not.toMatch(acting);
      expect(JSON.parse(visibleJson({ text }))).toEqual({ text });
      const line = [{ text: fitText(text, width) }];
      expect(toPlain([line])).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(toAnsi([line], { depth: 'none' })).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(textWidth(toPlain([line]))).toBe(width);
      expect(toPlain(toAscii([line]))).toMatch(/^[ -~]*$/);
    }),
    { seed: 14, numRuns: 1000 },
  );
});

test('events lead nobody out of the folder of their run', () => {
  const event = (file: string) => ({ v: 1, seq: 1, time: '', type: 'snapshot_saved', step: 0, file, why: 'key' });
  expect(isRunEvent(event('step-00000010.safetensors'))).toBe(true);
  for (const file of ['../x.safetensors', '/etc/passwd', 'a/b', '..', '.', '', 'a\\b']) {
    expect(isRunEvent(event(file)), file).toBe(false);
  }
});
