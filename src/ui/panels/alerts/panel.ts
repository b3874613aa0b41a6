import { thousands } from '../../../core/format.ts';
import { fitLine, type Line, span } from '../../../plot/text.ts';
import type { Model } from '../../state/model.ts';
import { type Panel, pick } from '../contract.ts';

const select = ({ run }: Model) => ({ run: pick(run, 'alerts') });
type Shown = ReturnType<typeof select>;

/** What a person should know of the run, the latest last. */
export const alertsPanel: Panel<Shown> = {
  id: 'alerts',
  name: 'alerts',
  column: 'left',
  minimum: 4,
  ample: 6,
  maximum: 12,
  share: 1,
  dropped: 12,
  pictures: false,
  keys: [],
  offered: ({ run }) => run.alerts.length > 0,
  select,
  uses: ({ run }) => run.alerts.length + 2,
  draw({ run: { alerts } }, size) {
    const body = alerts.slice(-size.rows).map(({ step, kind, message }): Line => {
      const line = [span(` ${thousands(step).padStart(7)} ${kind} `, { fg: 'hint' }), span(message)];
      return fitLine(line, size.columns);
    });
    return { title: 'alerts', detail: `${alerts.length} in all`, body };
  },
};
