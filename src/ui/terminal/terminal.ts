import { WriteStream } from 'node:tty';
import type { UnsignedMap } from '../../plot/colourmap.ts';
import type { ColourDepth, ThemeName } from '../../plot/style.ts';
import type { Glyphs } from '../../plot/text.ts';
import type { Look } from './look.ts';

/** Preferences kept across runs; what is left out is chosen from the environment. */
export interface Preferences {
  readonly theme?: ThemeName;
  readonly colourMap?: UnsignedMap;
  readonly glyphs?: Glyphs;
  readonly colours?: ColourDepth;
  readonly connection?: Connection;
  /** Most frames a second. */
  readonly fps?: number;
  /** Whether the terminal is asked to report the mouse: off unless wanted, for text is then selected with shift only. */
  readonly mouse?: 'on' | 'off';
}

/** How much the terminal is sent: over a slow line less often. */
type Connection = 'local' | 'ssh' | 'slow';

type Environment = Readonly<Record<string, string | undefined>>;

type Rates = Pick<Look, 'framesPerSecond' | 'picturesPerSecond' | 'bytesPerSecond'>;

/** Over ssh less than 64 kB are sent a second, over a slow line less than 8 kB. */
const rates: Readonly<Record<Connection, Rates>> = {
  local: { framesPerSecond: 10, picturesPerSecond: 4, bytesPerSecond: Number.POSITIVE_INFINITY },
  ssh: { framesPerSecond: 10, picturesPerSecond: 4, bytesPerSecond: 60_000 },
  slow: { framesPerSecond: 4, picturesPerSecond: 1, bytesPerSecond: 7_000 },
};

/** How to draw on this terminal. */
export function chooseLook(environment: Environment, preferences: Preferences = {}): Look {
  const connection = preferences.connection ?? (environment['SSH_CONNECTION'] ? 'ssh' : 'local');
  const rate = rates[connection];
  const background = preferences.theme ?? backgroundOf(environment);
  return {
    depth: preferences.colours ?? depthFor(connection, colourDepth(environment)),
    glyphs: preferences.glyphs ?? (speaksUnicode(environment) ? 'unicode' : 'ascii'),
    theme: background,
    background,
    colourMap: preferences.colourMap ?? 'viridis',
    framesPerSecond: preferences.fps ?? rate.framesPerSecond,
    picturesPerSecond: Math.min(preferences.fps ?? rate.picturesPerSecond, rate.picturesPerSecond),
    bytesPerSecond: rate.bytesPerSecond,
  };
}

/** Over a slow line 256 colours are enough: they are shorter to say, and a cell changes more seldom. */
function depthFor(connection: Connection, depth: ColourDepth): ColourDepth {
  return connection === 'slow' && depth === 'truecolor' ? '256' : depth;
}

/** NO_COLOR wins, then FORCE_COLOR (0–3), then what TERM and COLORTERM promise. */
export function colourDepth(environment: Environment): ColourDepth {
  if (environment['NO_COLOR'] || environment['TERM'] === 'dumb') return 'none';
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined) return (['none', '16', '256', 'truecolor'] as const)[Number(forced)] ?? '16';
  return detectedDepth(environment);
}

function detectedDepth(environment: Environment): ColourDepth {
  const colorterm = environment['COLORTERM'];
  if (colorterm === 'truecolor' || colorterm === '24bit') return 'truecolor';
  const bits = WriteStream.prototype.getColorDepth({ ...environment, NO_COLOR: undefined });
  return bits >= 24 ? 'truecolor' : bits >= 8 ? '256' : bits >= 4 ? '16' : 'none';
}

function speaksUnicode(environment: Environment): boolean {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
  if (environment['TERM'] === 'linux' || environment['TERM'] === 'dumb') return false;
  return /utf-?8/i.test(locale);
}

/** COLORFGBG, which some terminals set, ends in the number of the background colour; 7 and 15 are light. */
function backgroundOf(environment: Environment): ThemeName {
  const background = environment['COLORFGBG']?.split(';').at(-1);
  return background === '7' || background === '15' ? 'light' : 'dark';
}

/** Whether to print plain lines instead of a screen: for screen readers, and for terminals that cannot move a cursor. */
export function wantsPlainText(environment: Environment, preferred?: 'full' | 'plain'): boolean {
  if (preferred) return preferred === 'plain';
  return environment['INK_SCREEN_READER'] === 'true' || environment['TERM'] === 'dumb';
}
