import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { MetricCatalogue } from '../../src/metrics/catalogue.ts';
import { knownMeasures } from '../../src/models/known/measures.ts';
import { keyTable } from '../../src/ui/keys/keys.ts';
import { program, sandbox } from './program.ts';

async function help(...words: string[]) {
  const box = sandbox();
  const done = await box.run('help', ...words);
  box.remove();
  return done;
}

test('help tells of every key and every metric', async () => {
  const { out: keys } = await help('keys');
  for (const { shown } of keyTable.filter(({ over }) => over === undefined)) expect(keys).toContain(`  ${shown} `);
  const { out: metrics } = await help('metrics');
  for (const { name } of new MetricCatalogue(knownMeasures()).all) expect(metrics).toContain(`  ${name} `);
});

test('help tells of files, of variables and of a command, and what it knows', async () => {
  expect((await help('files')).out).toContain('journal.jsonl');
  expect((await help('environment')).out).toContain('INCLINE_COMMAND');
  expect((await help('snapshots', 'export')).out).toMatch(/^incline snapshots export <file>\n/);
  expect(await help('keyz')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^incline: no help on "keyz"; .*did you mean keys\?\n$/),
  });
});

const text = '{"title":"handed in","task":{"name":"linear_regression"},"model":{"name":"decoder"}}';

/** What the program says of a configuration on its standard input. */
function shown(input: string | Buffer) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'presets', 'show', '-'], {
    input,
    encoding: 'utf8',
  });
  return { status, out: stdout, err: stderr };
}

test('a configuration comes from standard input, whatever mark an editor put first', () => {
  const marked = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
  for (const input of [text, `\ufeff${text}`, marked]) expect(shown(input).out).toMatch(/^handed in\n/);
  expect(shown('{')).toMatchObject({
    status: 2,
    err: expect.stringMatching(/^incline: standard input: not valid JSON .*\n$/),
  });
  expect(shown('')).toMatchObject({ status: 2, err: expect.stringMatching(/^incline: standard input: .*\n$/) });
});
