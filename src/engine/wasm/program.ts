import type { Graph } from '../../graph/types.ts';
import { Code, numberBytes } from './code.ts';
import { Lowering } from './lowering.ts';
import { layOut } from './memory.ts';
import { moduleBytes } from './module.ts';
import type { Step } from './steps.ts';
import type { Storage } from './views.ts';

/** Numbers in the module's memory. */
export interface Place {
  readonly shape: readonly number[];
  /** In bytes. */
  readonly address: number;
}

/** A graph as a WebAssembly module, and where it keeps what. */
export interface Emitted {
  /** Imports `host.memory`; exports `start`, to be called once, and `run`. */
  readonly bytes: Uint8Array;
  readonly memoryBytes: number;
  readonly inputs: Readonly<Record<string, Place>>;
  readonly outputs: Readonly<Record<string, Place>>;
  readonly constants: readonly { readonly address: number; readonly data: Float32Array }[];
}

/** Writes the module that computes a graph. */
export function emit(graph: Graph): Emitted {
  const lowering = new Lowering(graph);
  const { steps } = lowering;
  const views = Object.entries(graph.outputs).map(([name, position]) => [name, lowering.result(position)] as const);
  const inputs = Object.entries(graph.inputs).map(([name, position]) => [name, lowering.result(position)] as const);
  const data = graph.nodes.flatMap((node, i) =>
    node.op === 'constant' && lowering.isRead(i) ? [[lowering.result(i), node.attributes.data] as const] : [],
  );
  const kept = new Set(views.map(([, { storage }]) => storage));
  const { addresses, bytes } = layOut(steps.running, steps.storages, kept);
  const addressOf = (view: { readonly storage: Storage; readonly offset: number }): number =>
    addresses.get(view.storage)! + view.offset * numberBytes;
  const calls = (list: readonly Step[]): Code => {
    const code = new Code(0);
    for (const { position, places } of list) code.call(position, places.map(addressOf));
    return code;
  };
  const functions = [...steps.functions, calls(steps.starting), calls(steps.running)];
  const exported = { start: functions.length - 2, run: functions.length - 1 };
  const placesOf = (named: typeof views): Record<string, Place> =>
    Object.fromEntries(named.map(([name, view]) => [name, { shape: view.lengths, address: addressOf(view) }]));
  return {
    bytes: moduleBytes(functions, exported),
    memoryBytes: bytes,
    inputs: placesOf(inputs),
    outputs: placesOf(views),
    constants: data.map(([view, numbers]) => ({ address: addressOf(view), data: Float32Array.from(numbers) })),
  };
}
