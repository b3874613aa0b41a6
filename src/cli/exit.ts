/** Exit statuses that scripts rely on. */
export const exitCode = { done: 0, userError: 2, bug: 70, interrupted: 130 } as const;
