import { chooseLook, wantsPlainText } from '../../ui/terminal/terminal.ts';
import { type PreferenceName, readPreferences } from './preferences.ts';

/** What holds here and now for preferences that are not set, as far as one word says it. */
export function usualPreferences(): Readonly<Partial<Record<PreferenceName, string>>> {
  const { connection } = readPreferences();
  // The connection bounds colours and frames, so what is set of it counts.
  const { theme, colourMap, depth, glyphs, framesPerSecond } = chooseLook(process.env, {
    ...(connection && { connection }),
  });
  return {
    directory: 'snapshots',
    device: 'auto',
    screen: wantsPlainText(process.env) ? 'plain' : 'full',
    theme,
    colour_map: colourMap,
    colours: depth,
    glyphs,
    connection: process.env['SSH_CONNECTION'] ? 'ssh' : 'local',
    mouse: 'off',
    fps: String(framesPerSecond),
  };
}
