import { relative } from 'node:path';

/** A path as people read it: from where they are. */
export const shown = (path: string): string => relative('', path) || '.';
