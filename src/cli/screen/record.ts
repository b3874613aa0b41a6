import { basename, resolve } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { writeFileAtomic } from '../../core/files.ts';
import { byteSize, duration } from '../../core/format.ts';
import { requirePlace } from '../../core/place.ts';
import { fileRecord, folderRecord } from '../../runs/open_replay.ts';
import { played, secondsOf } from '../../runs/playing.ts';
import { locate } from '../../store/library.ts';
import { type Size, smallest } from '../../ui/screen/size.ts';
import { chooseLook } from '../../ui/terminal/terminal.ts';
import type { Flags } from '../options/table.ts';
import { exitCode } from '../output/exit.ts';
import { note, print } from '../output/output.ts';
import { shown } from '../output/paths.ts';
import { directoryOf } from '../preferences/directory.ts';
import { screenPreferences } from './full_screen.ts';

type RecordFlags = Flags<'dir' | 'step' | 'speed' | 'size'> & { readonly run: string; readonly cast: string };

/** Seconds that a recording takes at most. */
const longest = 600;
/** Larger terminals than people have. */
const largest: Size = { columns: 500, rows: 200 };
/** What every player of recordings can show. */
const terminal = { TERM: 'xterm-256color', COLORTERM: 'truecolor', LANG: 'C.UTF-8' };

/** Writes a recording of a run that is played back; no terminal is needed, and the same run gives the same bytes. */
export async function record({ run, dir, step, speed, size: wanted = '120x40', cast }: RecordFlags): Promise<number> {
  const size = sizeOf(wanted);
  await requirePlace(resolve(cast));
  const { folder, file } = locate(run, directoryOf(dir));
  const recorded = file ? await fileRecord(file) : await folderRecord(folder);
  const seconds = secondsOf(recorded, { step, speed });
  if (seconds > longest) {
    throw new UserError({
      where: '--speed',
      what: `the recording would take ${duration(seconds)}`,
      expected: `${duration(longest)} at most`,
      fix: 'raise --speed, or begin later with --step',
    });
  }
  note(...recorded.notices);
  const { castOf } = await import('../../ui/run/cast.ts');
  const { theme, colourMap, fps } = screenPreferences();
  const look = chooseLook(terminal, { ...(theme && { theme }), ...(colourMap && { colourMap }), ...(fps && { fps }) });
  const { timeline, stops } = recorded;
  const lines: string[] = [];
  const moments = played(recorded, { step, speed, momentsPerSecond: look.framesPerSecond });
  const playback = { from: timeline.from, to: timeline.to, stops, notices: [] };
  for await (const line of castOf({ title: timeline.whole.run || basename(folder), size, look, playback, moments })) {
    lines.push(`${line}\n`);
  }
  const content = lines.join('');
  await writeFileAtomic(resolve(cast), content, { readers: 'shared' });
  print(`${shown(cast)} (${duration(seconds)}, ${byteSize(Buffer.byteLength(content))})`);
  return exitCode.done;
}

function sizeOf(text: string): Size {
  const [, columns, rows] = (/^(\d+)x(\d+)$/.exec(text) ?? []).map(Number);
  const fits = (value: number | undefined, side: keyof Size): boolean =>
    value !== undefined && value >= smallest[side] && value <= largest[side];
  if (fits(columns, 'columns') && fits(rows, 'rows')) return { columns: columns!, rows: rows! };
  throw new UserError({
    where: '--size',
    what: `is ${text}`,
    expected: `COLUMNSxROWS from ${smallest.columns}x${smallest.rows} to ${largest.columns}x${largest.rows}, e.g. 120x40`,
  });
}
