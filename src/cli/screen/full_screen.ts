import type { Complaint } from '../../core/errors.ts';
import { commandLine } from '../../core/own_command.ts';
import { keepHeapSteady } from '../../core/steady_heap.ts';
import type { ShowRunOptions, ShowRunResult } from '../../ui/run/show_run.tsx';
import { type Preferences, wantsPlainText } from '../../ui/terminal/terminal.ts';
import { isInteractive } from '../output/output.ts';
import { readPreferences } from '../preferences/preferences.ts';

/** Whether there is a terminal on which a full screen can be drawn and is wanted. */
export function hasFullScreen(): boolean {
  return whyNoFullScreen() === undefined;
}

/** Why no full screen is drawn, and what to do about it; undefined where one is. */
export function whyNoFullScreen(): Required<Pick<Complaint, 'what' | 'fix'>> | undefined {
  if (!isInteractive()) {
    return { what: 'there is no terminal', fix: 'read the run folder instead: journal.jsonl' };
  }
  const { screen } = readPreferences();
  if (!wantsPlainText(process.env, screen)) return undefined;
  return screen === 'plain'
    ? { what: 'the preference screen is plain', fix: `${commandLine('config', 'set', 'screen', 'full')} changes it` }
    : {
        what: `the environment asks for plain text (${process.env['TERM'] === 'dumb' ? 'TERM=dumb' : 'INK_SCREEN_READER'})`,
        fix: `${commandLine('config', 'set', 'screen', 'full')} draws one all the same`,
      };
}

/** The full screen, or sentences where that is what the person or the terminal needs. */
export async function wayToShow(): Promise<(options: ShowRunOptions) => Promise<ShowRunResult>> {
  keepHeapSteady();
  return hasFullScreen()
    ? (await import('../../ui/run/show_run.tsx')).showRun
    : (await import('../../ui/plain/show_plain.ts')).showPlain;
}

/** How the person likes screens. */
export function screenPreferences(): Preferences {
  const { colour_map, directory: _, device: __, screen: ___, ...rest } = readPreferences();
  return { ...rest, ...(colour_map && { colourMap: colour_map }) };
}
