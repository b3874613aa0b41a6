import type { Code } from './code.ts';
import { unsigned } from './opcodes.ts';

/** The bytes of a module that imports `memory` and exports some of its functions, which return nothing. */
export function moduleBytes(functions: readonly Code[], exported: Readonly<Record<string, number>>): Uint8Array {
  const arities = [...new Set(functions.map(({ parameters }) => parameters))];
  const types = arities.map((count) => [0x60, ...unsigned(count), ...new Array<number>(count).fill(0x7f), 0]);
  const kinds = functions.map(({ parameters }) => unsigned(arities.indexOf(parameters)));
  const exports = Object.entries(exported).map(([name, position]) => [...text(name), 0, ...unsigned(position)]);
  // At least one page; the instance's own memory says how many there are.
  const memory = [...text('host'), ...text('memory'), 2, 0, 1];
  const sections = [
    section(1, types),
    section(2, [memory]),
    section(3, kinds),
    section(7, exports),
    section(
      10,
      functions.map((code) => code.finish()),
    ),
  ];
  return Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0].concat(...sections));
}

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  const content = unsigned(entries.length).concat(...entries);
  return [id].concat(unsigned(content.length), content);
}

const text = (name: string): number[] => [...unsigned(name.length), ...Buffer.from(name)];
