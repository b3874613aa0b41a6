import { canGoOut, canZoomIn, oneLevelOut, zoomIn, zoomLabel } from '../layout/levels.ts';
import { focusNext, goToOrClose, offeredPanels, panelKeys } from '../layout/opening.ts';
import { usualKeys } from '../screen/usual_keys.ts';
import { still, withNotice } from '../state/model.ts';
import { nextPrompt, promptCount } from '../state/probe.ts';
import { describeLook, nextLook } from '../terminal/look.ts';
import type { RunKey } from './run_key.ts';

/** Keys that change what is looked at and how, but not the run. */
export const lookingKeys: readonly RunKey[] = [
  {
    id: 'focus_next',
    keys: ['tab'],
    shown: 'tab',
    label: 'focus',
    help: 'Go to the next panel on the screen.',
    essential: true,
    act: (model) => focusNext(model, 1),
  },
  {
    id: 'focus_previous',
    keys: ['shift+tab'],
    shown: 'shift+tab',
    label: 'focus back',
    help: 'Go to the panel before.',
    unhinted: true,
    act: (model) => focusNext(model, -1),
  },
  {
    id: 'panel',
    keys: panelKeys,
    shown: '1–9',
    shownNow: (model) => `1–${Math.min(panelKeys.length, offeredPanels(model).length)}`,
    label: 'panels',
    help: 'Go to the panel of that number, opening it; once more closes it.',
    essential: true,
    act: goToOrClose,
  },
  {
    id: 'next_prompt',
    keys: ['p'],
    shown: 'p',
    label: 'next prompt',
    help: 'Show the next probe prompt, which then stays; :probe 3 goes to the third; esc in the heads leads to the mean of all.',
    hintedIn: ({ prompt }) => prompt === true,
    enabled: (model) => promptCount(model) > 1 || 'there is one probe prompt; probe.prompts sets how many',
    act: nextPrompt,
  },
  {
    id: 'zoom_in',
    keys: ['enter'],
    shown: 'enter',
    label: 'enlarge',
    labelNow: zoomLabel,
    help: 'The panel fills the screen; from the heads that do, on to the selected one.',
    essential: true,
    enabled: canZoomIn,
    act: zoomIn,
  },
  {
    id: 'out',
    keys: ['esc'],
    shown: 'esc',
    label: 'out',
    help: 'One level out. Never quits.',
    unhinted: true,
    enabled: canGoOut,
    act: oneLevelOut,
  },
  {
    ...usualKeys.postcard,
    help: 'Save a screenshot, SVG and PNG, in the working folder; under it the command that shows it again.',
    act: (model) => ({ model, effects: [{ type: 'postcard' }] }),
  },
  {
    ...usualKeys.theme,
    unhinted: true,
    help: 'Next colour map, after the last the theme for the other background, light or dark.',
    act: (model) => {
      const look = nextLook(model.look);
      return still(withNotice({ ...model, look }, describeLook(look)));
    },
  },
];
