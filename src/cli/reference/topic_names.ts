/** What `incline help` tells of besides commands. */
export const topicNames = ['keys', 'words', 'metrics', 'files', 'environment', 'python'] as const;

export type TopicName = (typeof topicNames)[number];
