import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { figuresAsMarkdown } from '../../src/cli/reference/figures.ts';
import { packageFile } from '../../src/core/package_files.ts';
import { contractHash } from '../../src/reproduce/recipe/contract_hash.ts';
import { loadRecipe } from '../../src/reproduce/recipe/load.ts';

it('tells recipes apart by what is measured and how it is judged, not by their words', () => {
  const recipe = loadRecipe('yang-heads', 'quick');
  const [first, ...others] = recipe.claims;
  const changed = (more: Partial<typeof first>) =>
    contractHash({ ...recipe, claims: [{ ...first!, ...more }, ...others] });
  const hash = contractHash(recipe);
  expect(changed({ statement: 'other words', anchor: 'elsewhere' })).toBe(hash);
  expect(changed({ rule: { ...first!.rule, why: 'another reason' } })).toBe(hash);
  expect(changed({ rule: { ...first!.rule, below: 0.75 } })).not.toBe(hash);
  expect(changed({ quantity: { theory: 'zeta0' } })).not.toBe(hash);
  expect(changed({ control: { says: 'x', change: { at: 'first' } } })).not.toBe(hash);
  expect(contractHash(loadRecipe('yang-heads', 'full'))).not.toBe(hash);
});

it('shows pictures that are there, with how all claims stand', () => {
  const shown = figuresAsMarkdown();
  const pictures = [...shown.matchAll(/!\[[^\]]+\]\(([^)]+\.svg)\)/g)].map(([, path]) => path!);
  expect(pictures).toHaveLength(2);
  for (const path of pictures) {
    expect(existsSync(packageFile(path)), path).toBe(true);
    expect(readFileSync(packageFile(path), 'utf8')).toMatch(/mean of \d+ seeds/);
  }
  expect(shown).toMatch(/\*\*\d+ claims of \d+ figures: \d+ confirmed/);
});
