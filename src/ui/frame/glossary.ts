import type { RunState } from '../../runs/state.ts';

interface Entry {
  readonly word: string;
  readonly meaning: string;
}

/** Words on the screen that a reader of the papers need not know, and what the run's curves are called in short; the help explains them. */
export function glossaryOf({ metrics, curves }: RunState): readonly Entry[] {
  const measured = [...metrics.all].filter(({ name, short, title }) => curves.has(name) && short !== title);
  return [...glossary, ...measured.map(({ short, title }) => ({ word: short, meaning: `${title}.` }))];
}

const glossary: readonly Entry[] = [
  {
    word: 'entropy',
    meaning:
      'How spread attention is, in nats: 0 when all is on one entry, ln n when it is even over n. Beside a head: the mean over its queries.',
  },
  { word: 'expected', meaning: 'What theory says that a number comes to on average.' },
  {
    word: 'curve',
    meaning:
      'Where a column of the chart stands for several points, it is drawn from the lowest of them to the highest: no spike is lost.',
  },
  {
    word: 'smoothed',
    meaning:
      'Of the training curve the running mean with that weight of the past; the raw curve stands faintly behind it.',
  },
  { word: '±', meaning: 'Standard error of a mean over held-out prompts.' },
  { word: 'solo', meaning: 'One part alone: all others of its kind in its layer are pruned.' },
  { word: 'old mask', meaning: 'Measured while something else was pruned; it is measured anew.' },
];
