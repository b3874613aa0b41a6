import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compareKeys } from '../../../src/ui/compare/keys.ts';
import { homeKeys } from '../../../src/ui/home/keys.ts';
import { keyTable } from '../../../src/ui/keys/keys.ts';
import { reproduceKeys } from '../../../src/ui/reproduce/keys.ts';
import { sweepKeys } from '../../../src/ui/sweep/keys.ts';
import type { FakeSource } from '../fake_source.ts';
import { behaviours } from './all.ts';
import { withScreens } from './driver.tsx';

const journeys = Object.entries(behaviours).flatMap(([behaviour, some]) =>
  Object.entries(some).map(([id, journey]) => ({ behaviour, id, journey })),
);

it('has one journey for every entry of the key table', () => {
  expect(journeys.map(({ id }) => id).sort()).toEqual(keyTable.map(({ id }) => id).sort());
});

const keysOf = (id: string) => keyTable.find((binding) => binding.id === id)?.keys ?? [];

it.concurrent.each(
  journeys.flatMap(({ behaviour, id, journey }) => keysOf(id).map((key) => [behaviour, id, key, journey] as const)),
)('%s, %s: %s', (_behaviour, _id, key, journey) => withScreens((screens) => journey(key, screens))());

/** The row that says what was asked for and answered. */
const withoutStatus = (text: string) => text.split('\n').filter((_, index, rows) => index !== rows.length - 2);

it.each(['live', 'replay'] as const)('does nothing but say so on keys that are in no table: %s', (mode) =>
  withScreens(async ({ open, openReplay }) => {
    const screen = mode === 'live' ? await open() : await openReplay();
    const known = new Set(
      keyTable.filter((binding) => !binding.over && (binding.mode ?? mode) === mode).flatMap(({ keys }) => keys),
    );
    const before = withoutStatus(screen.text);
    const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
    const controls = Array.from({ length: 26 }, (_, index) => String.fromCharCode(1 + index));
    const named = { ' ': 'space', '\t': 'tab', '\r': 'enter', '\n': 'enter', '\b': 'backspace' } as Record<
      string,
      string
    >;
    const strangers = [...printable, ...controls, '\x1b[5~', '\x1b[15~', '\x1bx', 'é', '漢'].filter((key) => {
      const control = key < ' ' ? `ctrl+${String.fromCharCode(key.charCodeAt(0) + 96)}` : key;
      return !known.has(named[key] ?? control);
    });
    expect(strangers.length).toBeGreaterThan(60);
    await screen.press(...strangers);
    expect(withoutStatus(screen.text)).toEqual(before);
    if (mode === 'live') expect((screen.source as FakeSource).asked).toBeUndefined();
    expect(screen.left).toEqual([]);
    const letters = strangers.filter((key) => /^[a-zA-Z]$/.test(key));
    expect(letters.length).toBeGreaterThan(10);
    for (const key of letters) {
      await screen.press(key);
      // Some act on the other kind of run.
      const other = keyTable.find(({ over, keys }) => !over && keys.includes(key));
      const reason = mode === 'replay' ? 'this run is played back; b starts' : 'for a run that is played back';
      expect(screen.text).toContain(
        other ? `${key} ${other.label}: ${reason}` : `${key}: no key of this screen; ? lists them`,
      );
    }
  })(),
);

it(
  'says where a key acts that does nothing here, and nothing while something lies over the panels',
  withScreens(async ({ open }) => {
    const screen = await open();
    await screen.press('x');
    expect(screen.text).toContain('x prune: acts in 2 heads · 3 head · 6 pruning · 8 weights');
    await screen.press('q', 'i');
    expect(screen.text).not.toContain('i: no key');
  }),
);

it('has every key in the table of .docs/keys.md', () => {
  const page = readFileSync(new URL('../../../.docs/keys.md', import.meta.url), 'utf8');
  const screens = { run: keyTable, home: homeKeys, sweep: sweepKeys, compare: compareKeys, reproduce: reproduceKeys };
  for (const [screen, bindings] of Object.entries(screens)) {
    const rows = page.split('\n').filter((line) => line.startsWith(`| ${screen} |`));
    expect(rows).toHaveLength(bindings.length);
    for (const { shown, help } of bindings) expect(rows.join('\n')).toContain(`| \`${shown}\` | ${help} |`);
  }
});

it(
  'what a person should know of the files of a replay stands in the status line until a key is pressed',
  withScreens(async ({ openReplay }) => {
    const screen = await openReplay(['probe.bin: not a file of pictures']);
    expect(screen.text).toContain('probe.bin: not a file of pictures');
    await screen.press('right');
    expect(screen.text).not.toContain('not a file of pictures');
  }),
);
