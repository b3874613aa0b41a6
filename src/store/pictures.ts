import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { ProbeFrame } from '../protocol/messages.ts';
import { decodePictures } from '../snapshots/format.ts';
import {
  damagedPictures,
  indexProbeFile,
  intactRecords,
  probeFileName,
  readProbeFrame,
} from '../snapshots/probe_file.ts';
import { peekSnapshot } from '../snapshots/store.ts';

/** A picture of a run's activations that can be fetched. */
export interface Picture {
  readonly step: number;
  load(): Promise<ProbeFrame>;
}

/** Pictures kept at hand. */
const atHand = 16;

/** The pictures of a run in the order of their steps. */
export class Pictures {
  readonly #pictures: readonly Picture[];
  readonly #loaded = new Map<Picture, Promise<ProbeFrame>>();

  /** Where two are of one step, the first stays. */
  constructor(pictures: readonly Picture[]) {
    const steps = new Set<number>();
    const once = pictures.filter(({ step }) => !steps.has(step) && steps.add(step));
    this.#pictures = once.sort((a, b) => a.step - b.step);
  }

  get steps(): number[] {
    return this.#pictures.map(({ step }) => step);
  }

  /** The latest picture not after `step`, else the first; undefined when there is none. */
  at(step: number): Picture | undefined {
    return this.#pictures.findLast((picture) => picture.step <= step) ?? this.#pictures[0];
  }

  /** @throws UserError when its file is damaged or gone */
  load(picture: Picture): Promise<ProbeFrame> {
    const known = this.#loaded.get(picture) ?? picture.load();
    this.#loaded.delete(picture);
    this.#loaded.set(picture, known);
    if (this.#loaded.size > atHand) this.#loaded.delete(this.#loaded.keys().next().value!);
    return known;
  }
}

/** The pictures between snapshots that a run kept, those that are whole, and what is wrong with their file. */
export async function keptPictures(
  folder: string,
  last: number,
): Promise<{ readonly pictures: readonly Picture[]; readonly problem?: string }> {
  const path = join(folder, probeFileName);
  if (!existsSync(path)) return { pictures: [] };
  try {
    const index = await indexProbeFile(path);
    const intact = await intactRecords(index);
    const pictures = index.records.flatMap(({ step }, position): Picture[] =>
      intact[position] && step <= last ? [{ step, load: () => readProbeFrame(index, position) }] : [],
    );
    const bad = intact.filter((one) => !one).length;
    if (bad === 0) return { pictures };
    const what = `${bad} of ${intact.length} pictures do not match their checksums`;
    return { pictures, problem: damagedPictures(path, what).message };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { pictures: [], problem: error.message };
  }
}

/** What a snapshot in the folder of a run shows. @throws Error when its file is gone; UserError when it holds no pictures */
export async function recallSnapshot(folder: string, file: string): Promise<ProbeFrame> {
  const path = join(folder, file);
  if (!existsSync(path)) throw new Error('its file is gone');
  return snapshotPicture(path, 0).load();
}

/** The picture that a snapshot holds. */
export function snapshotPicture(path: string, step: number): Picture {
  return {
    step,
    load: async () => {
      const { tensors, header } = await peekSnapshot(path, (name) => name.startsWith('probe/'));
      const { probe } = decodePictures(tensors, path);
      if (Object.keys(probe).length === 0) {
        throw new UserError({ where: path, what: 'holds no pictures', expected: 'probe/ tensors' });
      }
      const entries = Object.entries(probe).map(([name, { shape, data }]) => [
        name,
        { shape, data: data instanceof Float32Array ? data : Float32Array.from(data) },
      ]);
      return { step: header.step, tensors: Object.fromEntries(entries) };
    },
  };
}
