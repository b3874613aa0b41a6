import type { EventBody } from '../../src/protocol/events.ts';
import { reduceRun } from '../../src/runs/reduce.ts';
import { emptyRun } from '../../src/runs/state.ts';
import { Composer } from '../../src/ui/frame/composer.ts';
import { panelKey } from '../../src/ui/layout/opening.ts';
import { panels } from '../../src/ui/panels/registry.ts';
import { update } from '../../src/ui/run/update.ts';
import type { Model } from '../../src/ui/state/model.ts';
import { initialModel } from '../../src/ui/state/model.ts';
import { chooseLook } from '../../src/ui/terminal/terminal.ts';
import { activations, measured, patterns, type sizes, stamped, started } from './fake_source.ts';
import { rowText } from './row_text.ts';

export const utf8 = { LANG: 'C.UTF-8', TERM: 'xterm-256color' };

/** A screen on a run that has come to `step`. */
export function modelAt(
  step: number,
  options: {
    columns?: number;
    rows?: number;
    environment?: Record<string, string>;
    sizes?: Partial<typeof sizes>;
    more?: readonly EventBody[];
    /** Whether the probe brings patterns only. */
    plain?: boolean;
  } = {},
): Model {
  const { columns = 120, rows = 40, environment = utf8, more = [], plain = false } = options;
  const bodies = [started(options.sizes)];
  for (let at = 0; at <= step; at += 10) bodies.push(...measured(at));
  const run = [...bodies, ...more].reduce((state, body, index) => reduceRun(state, stamped(body, index + 1)), emptyRun);
  const status = { step, state: 'running', stepsPerSecond: 100 + (step % 7), until: 2000, pace: 0 } as const;
  const actions = [
    { type: 'run', run },
    { type: 'status', status },
    { type: 'probe', frame: (plain ? patterns : activations)(step, options.sizes) },
  ] as const;
  return actions.reduce<Model>(
    (model, action) => update(model, action).model,
    initialModel({ columns, rows }, chooseLook(environment)),
  );
}

/** The rows of a screen as text with colour sequences. */
export function rowsOn(model: Model, composer = new Composer()): string[] {
  return composer.compose(model).map((row) => rowText(row, model.look));
}

/** The model after keys, and what they asked for. */
export function press(model: Model, ...keys: readonly string[]) {
  let effects: ReturnType<typeof update>['effects'] = [];
  let now = model;
  for (const key of keys) {
    const step = update(now, { type: 'key', key });
    now = step.model;
    effects = step.effects;
  }
  return { model: now, effects };
}

/** The key of a panel, on a run that has all of them that a model of one layer can have. */
export function keyTo(id: string): string {
  return panelKey(modelAt(0), panels.find((panel) => panel.id === id)!);
}
