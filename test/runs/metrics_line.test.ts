import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRunEvent } from '../../src/protocol/event_check.ts';
import { MetricsLines } from '../../src/runs/metrics_line.ts';

const line = (more: object): string =>
  JSON.stringify({ v: 1, seq: 7, time: '2026-01-02T03:04:05.678Z', type: 'metrics', step: 12, ...more });

/** What a reader that has read another line before makes of a line. */
function read(text: string, lines = new MetricsLines()) {
  const bytes = Buffer.from(`${text}\n`);
  lines.setBytes(bytes);
  const event = lines.read(0);
  if (event) expect(lines.end).toBe(bytes.length);
  return event;
}

const numbers = fc.dictionary(
  fc.oneof(fc.stringMatching(/^[a-z_]{1,8}(\/L0H\d)?$/), fc.string({ minLength: 1, maxLength: 4 })),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  { maxKeys: 5 },
);

test('every number is the double that JSON.parse makes of it', () => {
  const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,20})(\.\d{1,25})?([eE][+-]?\d{1,3})?$/);
  const doubles = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value));
  const singles = fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value));
  const fixed = fc.tuple(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.nat(22)).map(([v, n]) => v.toFixed(n));
  fc.assert(
    fc.property(fc.oneof(digits, doubles, singles, fixed), (text) => {
      const event = read(line({ values: { loss: 0 } }).replace('"loss":0', `"loss":${text}`));
      expect(event?.values['loss']).toBe(JSON.parse(text));
    }),
    { numRuns: 5000 },
  );
});

test('a line is read as JSON.parse reads it, whatever stood in the lines before, or left to it', () => {
  const lines = new MetricsLines();
  let taken = 0;
  fc.assert(
    fc.property(numbers, fc.option(numbers), fc.option(numbers), fc.option(fc.nat()), (values, min, max, count) => {
      const rest = { ...(min && { min }), ...(max && { max }), ...(count !== null && { count }) };
      const text = line({ values, ...rest });
      const event = read(text, lines);
      if (!event) return;
      taken++;
      expect(event).toEqual(JSON.parse(text));
      expect(Object.keys(event.values)).toEqual(Object.keys(JSON.parse(text).values));
    }),
    { numRuns: 2000 },
  );
  expect(taken).toBeGreaterThan(500);
});

test('lines as they are written are read', () => {
  expect(read(line({ values: { train_loss: 1.9950906038284302, 'attention_on_matching/L0H1': -1e-7 } }))).toBeDefined();
  expect(read(line({ values: { a: 1 }, min: { a: 0.5 }, max: { a: 2 }, count: 12 }))).toBeDefined();
});

test('any damaged byte gives an event that JSON.parse gives, or nothing', () => {
  const whole = line({ values: { train_loss: 0.25, gap: 1.5e-7 }, min: { gap: 0 }, count: 3 });
  let taken = 0;
  for (let at = 0; at < whole.length; at++) {
    for (let code = 0; code < 128; code++) {
      const text = whole.slice(0, at) + String.fromCharCode(code) + whole.slice(at + 1);
      const event = text.includes('\n') ? undefined : read(text);
      if (!event) continue;
      taken++;
      expect(event).toEqual(JSON.parse(text));
      expect(isRunEvent(event)).toBe(true);
    }
  }
  expect(taken).toBeGreaterThan(whole.length);
});

test.each([
  ['cut off', (text: string) => text.slice(0, -1)],
  ['two in one', (text: string) => text + text],
  ['with a blank', (text: string) => text.replace(',"step"', ', "step"')],
  ['a gap', (text: string) => text.replace('0.25', 'null')],
  ['with a reason', (text: string) => text.replace(/}$/, ',"reason":"x"}')],
  ['of another version', (text: string) => text.replace('"v":1', '"v":2')],
  ['with a leading zero', (text: string) => text.replace('0.25', '00.25')],
  ['with a bare point', (text: string) => text.replace('0.25', '0.')],
  ['of another type', (text: string) => text.replace('metrics', 'theory')],
  ['with a huge step', (text: string) => text.replace('"step":12', `"step":${2 ** 53}`)],
])('a line %s is left to JSON.parse', (_, change) => {
  expect(read(change(line({ values: { train_loss: 0.25 } })))).toBeUndefined();
});
