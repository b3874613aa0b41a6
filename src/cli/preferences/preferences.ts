import { existsSync } from 'node:fs';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { readJson } from '../../core/plain_files.ts';
import { deviceNames } from '../../protocol/device_names.ts';

const shape = {
  directory: z.string().min(1).describe('folder that holds run folders, instead of ./snapshots'),
  device: z.enum(deviceNames).describe('engine to train on where neither preset nor flag says'),
  adapter: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .describe('part of the name of the graphics driver that webgpu computes with on Linux: nvidia, radeon, intel'),
  screen: z.enum(['full', 'plain']).describe('full screen, or sentences to read out and words to type'),
  theme: z.enum(['dark', 'light']).describe("colours for the terminal's background"),
  colour_map: z.enum(['viridis', 'cividis', 'grey']).describe('colours of heatmaps'),
  colours: z.enum(['none', '16', '256', 'truecolor']).describe('colours the terminal can show'),
  glyphs: z.enum(['unicode', 'ascii']).describe('symbols the terminal can show'),
  connection: z.enum(['local', 'ssh', 'slow']).describe('how much is sent to the terminal'),
  mouse: z
    .enum(['on', 'off'])
    .describe('click panels, heads and cells, zoom curves with the wheel; shift selects text'),
  fps: z.number().min(1).max(60).describe('most frames a second'),
};

/** What is kept across runs; everything left out is chosen from the environment. */
export type StoredPreferences = Partial<z.infer<z.ZodObject<typeof shape>>>;
export type PreferenceName = keyof StoredPreferences;

export const preferenceNames = Object.keys(shape) as PreferenceName[];

export const describePreference = (name: PreferenceName): string => shape[name].description ?? '';

/** The values that a preference can have; none where they are not a few words. */
export const choicesOf = (name: PreferenceName): readonly string[] =>
  (z.toJSONSchema(shape[name]).enum ?? []).map(String);

const folder = envPaths('incline', { suffix: '' }).config;

/** Largest file of preferences that is read, in bytes. */
const largest = 2 ** 16;

/** Where the preferences are kept. */
export const preferencesFile = join(folder, 'config.json');

/**
 * Preferences that are set; one that is no longer valid is left out. Reads the file without `conf`, which takes over the
 * signals of the process that loads it: a training run answers them itself.
 * @throws UserError when the file cannot be read
 */
export function readPreferences(): StoredPreferences {
  if (!existsSync(preferencesFile)) return {};
  try {
    const stored = readJson(preferencesFile, largest, 'followed') as Record<string, unknown>;
    const valid = preferenceNames.flatMap((name) => {
      const parsed = shape[name].safeParse(stored[name]);
      return parsed.success ? [[name, parsed.data]] : [];
    });
    return Object.fromEntries(valid);
  } catch (error) {
    throw new UserError({
      where: preferencesFile,
      what: `the preferences cannot be read (${error instanceof UserError ? error.complaint.what : (error as Error).message})`,
      fix: 'correct or remove the file',
    });
  }
}

/** @throws UserError when there is no such preference */
export function preferenceNamed(name: string): PreferenceName {
  if (Object.hasOwn(shape, name)) return name as PreferenceName;
  throw new UserError({
    what: `there is no preference "${name}"`,
    expected: `one of ${preferenceNames.join(', ')}`,
    fix: nearest(name, preferenceNames),
  });
}

/** Sets a preference from its text; an empty text, or `default`, unsets it. @throws UserError when the value does not fit */
export async function writePreference(name: PreferenceName, text: string): Promise<void> {
  readPreferences();
  const { default: Conf } = await import('conf');
  const store = new Conf<StoredPreferences>({
    cwd: folder,
    deserialize: (text) => JSON.parse(text.replace(/^\ufeff/, '')),
  });
  if (text === '' || text === 'default') {
    store.delete(name);
    return;
  }
  const parsed = shape[name].safeParse(name === 'fps' ? Number(text) : text);
  if (!parsed.success) {
    const choices = choicesOf(name);
    const bare = name === 'fps' ? 'a number from 1 to 60' : 'letters, digits, . _ and -';
    const expected = choices.length > 0 ? `one of ${[...choices, 'default'].join(', ')}` : bare;
    throw new UserError({ what: `${name} cannot be "${text}"`, expected, fix: nearest(text, choices) || undefined });
  }
  store.set(name, parsed.data as never);
}
