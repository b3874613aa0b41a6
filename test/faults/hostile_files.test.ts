import { tryAFew } from './few_trials.ts';
import { hostileFiles } from './kinds/hostile_files.ts';

// In a process of their own: they keep it busy, and the other kinds watch terminals.
tryAFew(hostileFiles);
