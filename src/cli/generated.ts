import { metricCatalog, metricFamilies } from '../metrics/catalog.ts';
import { loadPreset, presetNames } from '../presets/load.ts';
import { resolveConfig } from '../presets/resolve.ts';
import { presetSchema } from '../presets/schema.ts';
import { homeKeysAsMarkdown } from '../ui/home/keys.ts';
import { keysAsMarkdown } from '../ui/keys/keys.ts';

interface GeneratedFile {
  /** From the root of the project. */
  readonly path: string;
  /** The file as it should be, from the file as it is. */
  readonly make: (before: string) => string;
}

export const generatedFiles: readonly GeneratedFile[] = [
  { path: 'presets/schema.json', make: () => `${JSON.stringify(presetSchema(), null, 2)}\n` },
  {
    path: 'README.md',
    make: (before) =>
      [
        ['keys', keysAsMarkdown()],
        ['home_keys', homeKeysAsMarkdown()],
        ['presets', presetTable()],
        ['metrics', metricTable()],
      ].reduce((text, [name, table]) => between(text, name!, table!), before),
  },
];

function presetTable(): string {
  return table(
    ['preset', 'what one sees'],
    presetNames().map((name) => {
      const { raw, where } = loadPreset(name);
      return [code(name), resolveConfig(raw, where).config.title];
    }),
  );
}

function metricTable(): string {
  return table(
    ['name', 'meaning', 'better'],
    [
      ...Object.entries(metricCatalog),
      ...Object.keys(metricFamilies).map(
        (name) => [`${name}/#`, metricFamilies[name as keyof typeof metricFamilies]] as const,
      ),
    ].map(([name, { title, better }]) => [code(name), title, better === 'none' ? '' : better]),
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

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
function between(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = text.indexOf(open);
  const end = text.indexOf(close);
  if (start < 0 || end < start) throw new Error(`README.md has no ${open} … ${close}`);
  return `${text.slice(0, start + open.length)}\n${content}\n${text.slice(end)}`;
}
