import { availableParallelism } from 'node:os';
import { UserError } from '../../core/errors.ts';
import { command, many } from '../parser/command.ts';
import { checkPool, poolOptions } from './pool_options.ts';

export const reproduceCommand = command({
  name: 'reproduce',
  describe: 'Make figures of the papers and test their claims; without words, list what there is',
  arguments: { recipes: many('recipes, or files of JSON') },
  options: {
    all: 'every recipe that ships',
    quick: true,
    full: true,
    out: 'folder for figures, claims, report and runs (reproduced)',
    verify: true,
    dryRun: true,
    headless: true,
    ...poolOptions,
    json: true,
  },
  epilogue: 'The same command goes on where it was stopped; runs that two figures need are trained once.',
  check(flags) {
    const { recipes, all, quick, full, verify } = flags;
    if (quick && full) throw new UserError({ what: '--quick and --full do not go together', fix: 'leave one out' });
    if (all && recipes.length > 0) throw new UserError({ what: '--all goes without names of recipes' });
    if (verify !== undefined && (all || recipes.length > 0 || quick || full)) {
      throw new UserError({ what: '--verify goes alone', fix: 'it looks at all that the folder holds' });
    }
    checkPool(flags);
  },
  async run(flags) {
    if (flags.verify !== undefined) return (await import('../reproduce/verify.ts')).verify(flags.verify, flags.json);
    if (flags.all || flags.recipes.length > 0) return (await import('../reproduce/reproduce.ts')).reproduce(flags);
    await (await import('../reproduce/list.ts')).listRecipes(flags, availableParallelism());
    return 0;
  },
});
