/** Scores that follow from the insides of the model, which pictures bring. */
export const liveScores = ['magnitude', 'attention'] as const;
export type LiveScore = (typeof liveScores)[number];
