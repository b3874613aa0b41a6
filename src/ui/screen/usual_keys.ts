import type { KeyBinding } from './key_binding.ts';

/** What keys that mean the same on every screen say of themselves; a screen adds what they do to it. */
export const usualKeys = {
  theme: { id: 'theme', keys: ['t'], shown: 't', label: 'theme', help: 'Next theme and colour map.' },
  postcard: {
    id: 'postcard',
    keys: ['S'],
    shown: 'S',
    label: 'picture',
    help: 'Save a screenshot, SVG and PNG, in the working folder.',
    unhinted: true,
  },
  help: { id: 'help', keys: ['?'], shown: '?', label: 'help', help: 'All keys.', essential: 'always' },
  suspend: {
    id: 'suspend',
    keys: ['ctrl+z'],
    shown: 'ctrl+z',
    label: 'suspend',
    help: 'Back to the shell for a while; fg returns.',
    unhinted: true,
  },
} as const satisfies Readonly<Record<string, Omit<KeyBinding<never, never>, 'act'>>>;

/** Whether a key closes the help: any does, but those that leave or suspend do there what they do everywhere. */
export const closesHelp = (key: string): boolean => !['ctrl+c', 'ctrl+z'].includes(key);
