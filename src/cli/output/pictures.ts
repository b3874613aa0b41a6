import { resolve } from 'node:path';
import { writeFileAtomic } from '../../core/files.ts';
import { tell } from './output.ts';
import { shown } from './paths.ts';

/** Writes an SVG picture to the files that were asked for, as it is and drawn, and says so. */
export async function writePictures(picture: string, svg: string | undefined, png: string | undefined): Promise<void> {
  if (svg !== undefined) await write(svg, picture);
  if (png === undefined) return;
  const { canDrawWords, renderPng } = await import('./render_png.ts');
  await write(png, renderPng(picture));
  if (!canDrawWords()) tell('  without words, as this machine has no font: install one, or take --svg');
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await writeFileAtomic(resolve(path), content, { readers: 'shared' });
  tell(shown(path));
}
