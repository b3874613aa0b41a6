import type { MouseReport } from '../terminal/mouse_reports.ts';
import type { Size } from './size.ts';

/** What happens at a terminal, as every screen takes it. */
export type ScreenAction =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'said'; readonly text: string; readonly tone: 'plain' | 'good' | 'alert' }
  | { readonly type: 'paste'; readonly text: string }
  | ({ readonly type: 'mouse' } & MouseReport)
  | { readonly type: 'resized'; readonly size: Size };
