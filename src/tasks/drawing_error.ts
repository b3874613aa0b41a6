import { UserError } from '../core/errors.ts';

/** What a class of functions or of sequences gives that it may not: the fault of whoever made the class, not of settings. */
export class DrawingError extends UserError {}

/** A value as messages write it. */
export function written(value: unknown): string {
  const isPlain = typeof value !== 'object' && typeof value !== 'string';
  const text = isPlain ? String(value) : JSON.stringify(ArrayBuffer.isView(value) ? Object.values(value) : value);
  return text.slice(0, 60);
}
