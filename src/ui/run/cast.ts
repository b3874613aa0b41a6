import { visible } from '../../core/visible.ts';
import { colours16 } from '../../plot/palette.ts';
import { inks } from '../../plot/screen_svg.ts';
import { themes } from '../../plot/style.ts';
import type { PlayedMoment } from '../../runs/playing.ts';
import type { Playback } from '../../runs/source.ts';
import { Composer } from '../frame/composer.ts';
import type { Size } from '../screen/size.ts';
import { type Action, initialModel } from '../state/model.ts';
import { FrameOutput } from '../terminal/frame_output.ts';
import type { Look } from '../terminal/look.ts';
import { update } from './update.ts';

export interface CastOptions {
  readonly title: string;
  readonly size: Size;
  readonly look: Look;
  readonly playback: Pick<Playback, 'from' | 'to' | 'stops' | 'notices'>;
  readonly moments: AsyncIterable<PlayedMoment>;
}

/** Seconds for which the last frame stays. */
const lastStays = 2;
const hideCursor = '\x1b[?25l';

/**
 * A run that is played back as a recording of its screen, line by line: asciicast v3 (docs.asciinema.org), with a marker at
 * every stop. Times are seconds since the event before.
 */
export async function* castOf({ title, size, look, playback, moments }: CastOptions): AsyncGenerator<string> {
  yield JSON.stringify(header(title, size, look));
  const composer = new Composer();
  let sent = hideCursor;
  const output = new FrameOutput({
    writableNeedDrain: false,
    write(text) {
      sent += text;
      return true;
    },
    once() {},
  });
  let model = initialModel(size, look, playback);
  const take = (action: Action): void => {
    model = update(model, action).model;
  };
  let told = 0;
  const event = (at: number, code: 'o' | 'm' | 'x', data: string): string => {
    const interval = milliseconds(at) - milliseconds(told);
    told = at;
    return JSON.stringify([interval / 1000, code, data]);
  };
  let metered = { seconds: 0, frames: 0, bytes: 0 };
  for await (const { seconds, moment, picture, passed } of moments) {
    take({ type: 'moment', moment });
    if (picture) take({ type: 'probe', frame: picture });
    if (seconds >= metered.seconds + 1) {
      const { frames, bytes } = output;
      take({ type: 'metered', framesPerSecond: frames - metered.frames, bytesPerSecond: bytes - metered.bytes });
      metered = { seconds, frames, bytes };
    }
    for (const { step, label } of passed) yield event(seconds, 'm', visible(`step ${step}: ${label}`));
    output.show(composer.compose(model), look);
    if (sent !== '') yield event(seconds, 'o', sent);
    sent = '';
  }
  yield event(told + lastStays, 'x', '0');
}

function milliseconds(seconds: number): number {
  return Math.round(1000 * seconds);
}

function header(title: string, { columns: cols, rows }: Size, { theme: name }: Look): object {
  const theme = {
    fg: hex(inks[name]),
    bg: hex(themes[name].background),
    palette: colours16.map(hex).join(':'),
  };
  return { version: 3, term: { cols, rows, type: 'xterm-256color', theme }, title: visible(title) };
}

function hex(rgb: number): string {
  return `#${rgb.toString(16).padStart(6, '0')}`;
}
