import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { packageFile } from '../../core/package_files.ts';
import { meanings, reactions, signals } from '../../core/signals.ts';
import { MetricCatalogue } from '../../metrics/catalogue.ts';
import { knownMeasures } from '../../models/known/measures.ts';
import { models } from '../../models/registry.ts';
import { loadPreset, presetNames } from '../../presets/load.ts';
import { resolveConfig } from '../../presets/resolve.ts';
import { presetSchema } from '../../presets/schema.ts';
import { secondsOf, timeText } from '../../presets/times.ts';
import { measureKeys } from '../../protocol/measures.ts';
import { tasks } from '../../tasks/registry.ts';
import { words } from '../../ui/frame/glossary.ts';
import { exitCode } from '../output/exit.ts';
import { tell } from '../output/output.ts';
import { claimRows, figuresAsMarkdown } from './figures.ts';
import { everyKey } from './keys.ts';
import { termsKnown } from './terms.ts';

interface GeneratedFile {
  /** From the root of the project. */
  readonly path: string;
  /** The file as it should be, from the file as it is. */
  readonly make: (before: string) => string;
}

/** What stands between `<!-- name -->` and `<!-- /name -->` in the README and the pages of `.docs`, by file and name. */
const parts: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'README.md': { figures: figuresAsMarkdown },
  '.docs/commands.md': { signals: signalTable },
  '.docs/configuration.md': {
    presets: presetTable,
    tasks: () => partTable(tasks, 'task'),
    models: () => partTable(models, 'model'),
  },
  '.docs/keys.md': {
    keys: () =>
      table(
        ['screen', 'where', 'key', 'does'],
        everyKey().map(({ screen, where, shown, help }) => [screen, where, `\`${shown}\``, help]),
      ),
  },
  '.docs/words.md': {
    words: () =>
      table(
        ['word', 'meaning'],
        words.map(({ word, meaning }) => [word, meaning]),
      ),
  },
  '.docs/metrics.md': {
    metrics: metricTable,
    terms: () =>
      table(
        ['symbol or word', 'stands for', 'with'],
        termsKnown().map(({ term, meaning, owners }) => [term, meaning, owners.map(code).join(', ')]),
      ),
  },
  '.docs/plugins.md': {
    metric_keys: () => keyTable(measureKeys.metrics),
    chart_keys: () => keyTable(measureKeys.charts),
  },
  '.docs/reproduce.md': {
    claims: () => table(['recipe', 'figure', 'seconds of a core', 'confirmed', 'not confirmed'], claimRows()),
  },
};

const generatedFiles: readonly GeneratedFile[] = [
  { path: 'presets/schema.json', make: () => `${JSON.stringify(presetSchema(), null, 2)}\n` },
  ...Object.entries(parts).map(([path, tables]): GeneratedFile => {
    const fill = (text: string, [name, table]: [string, () => string]) => between(path, text, name, table());
    return { path, make: (before) => Object.entries(tables).reduce(fill, before) };
  }),
];

/** Brings the generated files up to date, or says which are not. @returns the exit status */
export async function renewDocs(write: boolean): Promise<number> {
  let status: number = exitCode.done;
  for (const { path, make } of generatedFiles) {
    const file = packageFile(path);
    const before = readFileSync(file, { encoding: 'utf8', flag: 'a+' });
    const after = make(before);
    if (before === after) continue;
    if (write) {
      writeFileSync(file, after);
    } else {
      tell(`incline: ${path} is not what the code says; run: npm run docs`);
      status = exitCode.userError;
    }
  }
  return status;
}

function signalTable(): string {
  const others = signals.filter((signal) => signal !== 'SIGHUP').map((signal) => signal.replace('SIG', ''));
  return table(
    ['process', others.join(', '), 'HUP, its output is closed'],
    [
      ...Object.values(reactions).map(({ who, hangup, others }) => [who, meanings[others], meanings[hangup]]),
      ['any other command', 'ends by the signal', 'ends by the signal'],
    ],
  );
}

function presetTable(): string {
  return table(
    ['preset', 'what one sees', 'task', 'model', 'steps', 'time'],
    presetNames().map((name) => {
      const { raw, where } = loadPreset(name);
      const { config } = resolveConfig(raw, where);
      const { title, task, model, train } = config;
      const time = timeText(secondsOf(name, config));
      return [code(name), title, code(task.name), code(model.name), String(train.steps), time];
    }),
  );
}

/** Every task or model: what it is, and its settings with their defaults, as `presets show` has them. */
function partTable(
  known: ReadonlyMap<string, { readonly title: string; readonly schema: z.ZodType }>,
  section: string,
): string {
  return table(
    [section, 'what it is', 'settings (default)'],
    [...known].map(([name, { title, schema }]) => {
      const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
      const settings = Object.entries(properties).map(([key, one]) => {
        const value =
          typeof one === 'object' && one.default !== undefined && typeof one.default !== 'object'
            ? ` (${JSON.stringify(one.default)})`
            : '';
        return `\`${key}\`${value}`;
      });
      return [code(name), title, settings.join(', ')];
    }),
  );
}

function keyTable(keys: Readonly<Record<string, { readonly description?: string | undefined }>>): string {
  return table(
    ['key', 'what it says'],
    Object.entries(keys).map(([name, { description = '' }]) => [code(name), description]),
  );
}

function metricTable(): string {
  return table(
    ['name', 'meaning', 'better'],
    [...new MetricCatalogue(knownMeasures()).all].map(({ name, title, better }) => [
      code(name),
      title,
      better === 'none' ? '' : better,
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return text
    .split(' ')
    .map((word) => (word.includes('`') ? `\`\` ${word} \`\`` : `\`${word}\``))
    .join(' ');
}

function between(path: string, text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = text.indexOf(open);
  const end = text.indexOf(close);
  if (start < 0 || end < start) throw new Error(`${path} has no ${open} … ${close}`);
  return `${text.slice(0, start + open.length)}\n${content}\n${text.slice(end)}`;
}
