/** What a colour means; each means one thing on every screen. */
export type Token =
  | 'text'
  | 'title'
  | 'value'
  | 'hint'
  | 'training'
  | 'in_domain'
  | 'out_of_domain'
  | 'theory'
  | 'intervention'
  | 'pruned'
  | 'focus'
  | 'border'
  | 'alert'
  | RunToken;

/** The first, second … of several runs that are put side by side. */
export const runTokens = ['run_1', 'run_2', 'run_3', 'run_4', 'run_5', 'run_6'] as const;
type RunToken = (typeof runTokens)[number];

/** A meaning, or a plain colour as 0xRRGGBB. */
export type Colour = Token | number;

export interface Style {
  readonly fg?: Colour;
  readonly bg?: Colour;
  readonly bold?: boolean;
  /** Weaker than the colour itself: mixed with the background where the terminal has the colours for it. */
  readonly dim?: boolean;
  readonly underline?: boolean;
  readonly strike?: boolean;
  readonly inverse?: boolean;
}

export type ColourDepth = 'none' | '16' | '256' | 'truecolor';

export type ThemeName = 'dark' | 'light';

export interface Theme {
  /** What weak colours are mixed with, 0xRRGGBB. */
  readonly background: number;
  /** Behind the row of a list with the cursor, 0xRRGGBB; words stand out from it as from the background. */
  readonly selection: number;
  /** Colour and its stand-in among the 16 (0–15); null is the terminal's own foreground. */
  readonly tokens: Readonly<Record<Token, readonly [rgb: number, ansi: number] | null>>;
}

/**
 * The meanings that lie side by side are told apart under every common colour blindness (after Okabe and Ito). Text stands
 * out from the background by 4.5 : 1 and more, borders by 3 : 1 (WCAG 2.2, 1.4.3 and 1.4.11).
 */
export const themes: Readonly<Record<ThemeName, Theme>> = {
  dark: {
    background: 0x121212,
    selection: 0x282828,
    tokens: {
      text: null,
      title: null,
      value: null,
      hint: [0x8a8f98, 7],
      training: [0x17b37c, 10],
      in_domain: [0x5fb4ff, 14],
      out_of_domain: [0xf0a030, 11],
      theory: [0xa8a8a8, 7],
      intervention: [0xd98cb8, 13],
      pruned: [0x828282, 8],
      focus: [0xffffff, 15],
      border: [0x626770, 8],
      alert: [0xff6b4a, 9],
      run_1: [0x17b37c, 10],
      run_2: [0x5fb4ff, 14],
      run_3: [0xf0a030, 11],
      run_4: [0xd98cb8, 13],
      run_5: [0xf0e050, 3],
      run_6: [0xc8c8c8, 7],
    },
  },
  light: {
    background: 0xffffff,
    selection: 0xeeeeee,
    tokens: {
      text: null,
      title: null,
      value: null,
      hint: [0x6a6f78, 8],
      training: [0x007a57, 2],
      in_domain: [0x0067a8, 4],
      out_of_domain: [0xb35900, 3],
      theory: [0x6c6c6c, 8],
      intervention: [0xa3387f, 5],
      pruned: [0x707070, 8],
      focus: [0x000000, 0],
      border: [0x8d9299, 8],
      alert: [0xc72c00, 1],
      run_1: [0x007a57, 2],
      run_2: [0x0067a8, 4],
      run_3: [0xb35900, 3],
      run_4: [0xa3387f, 5],
      run_5: [0x7a6a00, 11],
      run_6: [0x505050, 8],
    },
  },
};
