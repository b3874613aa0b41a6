import { escaped } from '../../plot/svg.ts';
import type { Claims } from '../trial.ts';
import { claimText, howTold } from './markdown.ts';
import { rowsOf, summaryOf } from './text.ts';

const style = `body{font:16px/1.5 Georgia,serif;max-width:75rem;margin:2rem auto;padding:0 1rem;color:#1b1d20}
h1,h2,th{font-family:Helvetica,Arial,sans-serif}table{border-collapse:collapse;font-size:.8rem}
td,th{border-bottom:1px solid #c8ccd2;padding:.35rem .5rem;text-align:left;vertical-align:top}
body>svg{max-width:100%;height:auto}code{font-size:.9em}.confirmed{color:#007a57}.refuted,.control{color:#b02a00}.undecided{color:#7a6a00}`;

/** The report as one file that needs nothing else: figures stand in it as they were drawn. */
export function reportHtml(results: readonly Claims[], figureOf: (result: Claims) => string): string {
  const rows = rowsOf(results).map((row) => {
    const cells = [`${row.recipe} (${row.size})`, row.statement, row.anchor, row.value, row.rule, row.control];
    const verdict = `<td class="${row.verdict.split(' ')[0]}"><b>${escaped(row.verdict)}</b></td>`;
    return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}${verdict}</tr>`;
  });
  const head = ['recipe', 'claim', 'where', 'value', 'rule', 'control', 'verdict'];
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><title>What was reproduced</title>',
    `<style>${style}</style></head><body>`,
    `<h1>What was reproduced</h1><p>${escaped(summaryOf(results))}.</p><p>${escaped(howTold)}</p>`,
    `<table><tr>${head.map((one) => `<th>${one}</th>`).join('')}</tr>`,
    ...rows,
    '</table>',
    ...results.map((result) => section(result, figureOf(result))),
    '</body></html>',
    '',
  ].join('\n');
}

function section({ recipe, size, title, paper, figure, scale, claims, differs }: Claims, svg: string): string {
  const texts = claims.map((claim) => `<li>${inCode(escaped(claimText(claim)))}</li>`);
  const others = differs.map(({ what, by, tried, settle }) => {
    const parts = { what, 'by how much': by, tried, 'what would settle it': settle };
    const words = Object.entries(parts).map(([name, text]) => `<i>${name}:</i> ${escaped(text)}`);
    return `<li><b>Differs from the paper.</b> ${words.join(' ')}</li>`;
  });
  return [
    `<h2>${escaped(title)}</h2>`,
    `<p>${escaped(`${paper}, ${figure}. Recipe ${recipe}, ${size}: ${scale}.`)}</p>`,
    svg,
    `<ul>${[...texts, ...others].join('\n')}</ul>`,
  ].join('\n');
}

const inCode = (text: string): string => text.replace(/`([^`]+)`/g, '<code>$1</code>');
