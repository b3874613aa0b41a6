/** A named configuration, as the home screen lists it. */
export interface HomePreset {
  readonly name: string;
  readonly title: string;
  /** What one will see. */
  readonly description: string;
  /** Under which name it stands in the list. */
  readonly group: string;
  /** About how long it takes, in a word or two. */
  readonly time: string;
  /** Task, model and sizes in a few words each. */
  readonly facts: readonly HomeFact[];
}

export interface HomeFact {
  readonly label: string;
  readonly value: string;
}

/** A figure of a paper that the program makes, with what its claims came to last. */
export interface HomeRecipe extends HomePreset {
  /** How its claims stand, in a few signs; empty where it was not run. */
  readonly verdicts: string;
  /** What was measured, claim by claim; what is claimed where it was not run. */
  readonly claims: readonly HomeFact[];
}

interface HomeHeadline extends HomeFact {
  readonly title: string;
  /** In the order of the steps. */
  readonly curve: readonly { readonly step: number; readonly value: number }[];
}

/** How many of the runs of a sweep are how far. */
export interface HomeSweep {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
}

/** A run, or a sweep of runs, that is going or was made before. */
export interface HomeRun {
  /** Of a sweep, which stands for all its runs: its steps are those of all of them. */
  readonly sweep?: HomeSweep;
  /** How many runs that it came from stand above it in the list. */
  readonly depth: number;
  readonly name: string;
  /** The run's folder, resolved. */
  readonly folder: string;
  readonly live: boolean;
  /** Whether training waits, of a live run. */
  readonly paused: boolean;
  readonly title: string;
  /** When it was started, in milliseconds since 1970. */
  readonly started: number;
  readonly step: number;
  readonly steps: number;
  /** How it ended, in a word; empty while it is going or when nobody knows. */
  readonly ending: string;
  readonly facts: readonly HomeFact[];
  /** The last values of its metrics. */
  readonly metrics: readonly HomeFact[];
  /** What it is judged by, and how that went. */
  readonly headline?: HomeHeadline;
  /** The preset that it was made from; empty for other configurations. */
  readonly source: string;
  /** Its snapshots, oldest first. */
  readonly snapshots: readonly { readonly file: string; readonly step: number }[];
  readonly note: string;
  readonly tags: readonly string[];
}

export interface HomeData {
  readonly presets: readonly HomePreset[];
  readonly recipes: readonly HomeRecipe[];
  /** Live ones first, then the newest. */
  readonly runs: readonly HomeRun[];
  /** Why folders of runs are left out, a sentence each. */
  readonly problems?: readonly string[];
}

/** What a person has decided to do. */
export type HomeChoice =
  | { readonly type: 'start'; readonly preset: string }
  | { readonly type: 'reproduce'; readonly recipe: string }
  /** Watches a run by its name, or a sweep by its folder. */
  | { readonly type: 'attach'; readonly run: string }
  | { readonly type: 'replay'; readonly folder: string }
  | {
      readonly type: 'resume';
      readonly file: string /** Total steps to reach, where the run has done all of its own. */;
      readonly steps?: number;
    }
  | { readonly type: 'compare'; readonly folders: readonly string[] }
  | { readonly type: 'quit' };

/** A run's note and tags, to be kept with it. */
export interface Annotation {
  readonly folder: string;
  readonly note: string;
  readonly tags: readonly string[];
}
