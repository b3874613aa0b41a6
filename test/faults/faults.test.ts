import { tryAFew } from './few_trials.ts';
import { hostileFiles } from './kinds/hostile_files.ts';
import { faults } from './kinds/registry.ts';

tryAFew(faults.filter((fault) => !hostileFiles.includes(fault)));
