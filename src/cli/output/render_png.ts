import { Resvg, type ResvgRenderOptions } from '@resvg/resvg-js';

/** A picture of an SVG text, at twice its size so that thin lines stay visible; words need a font of the machine's. */
export function renderPng(svg: string): Uint8Array {
  const options = { fitTo: { mode: 'zoom', value: 2 }, background: '#ffffff', font: fonts() } as const;
  return new Resvg(svg, options).render().asPng();
}

/** Whether words of a picture can be drawn: without a font they are left out. */
export function canDrawWords(systemFonts = true): boolean {
  const word = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text x="2" y="15">M</text></svg>';
  return new Resvg(word, { font: fonts(systemFonts) }).getBBox() !== undefined;
}

function fonts(loadSystemFonts = true): NonNullable<ResvgRenderOptions['font']> {
  return { loadSystemFonts, defaultFontFamily: 'DejaVu Sans' };
}
