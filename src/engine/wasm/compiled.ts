import { createHash } from 'node:crypto';
import type { Graph } from '../../graph/types.ts';
import { host, type Module } from './host.ts';
import { type Emitted, emit } from './program.ts';

export interface Compiled extends Emitted {
  readonly module: Module;
}

/** Graphs compiled before, by what they compute, the latest last. */
const known = new Map<string, Compiled>();
const mostKnown = 16;

/** The module of a graph; a graph that computes the same is not compiled twice. */
export async function compiled(graph: Graph): Promise<Compiled> {
  const key = hashOf(graph);
  const result = known.get(key) ?? (await compile(graph));
  known.delete(key);
  known.set(key, result);
  if (known.size > mostKnown) known.delete(known.keys().next().value!);
  return result;
}

async function compile(graph: Graph): Promise<Compiled> {
  const emitted = emit(graph);
  return { ...emitted, module: await host!.compile(emitted.bytes) };
}

function hashOf({ nodes, inputs, outputs }: Graph): string {
  const hash = createHash('sha256').update(JSON.stringify([inputs, outputs]));
  for (const { op, inputs: from, attributes, shape } of nodes) {
    const data = op === 'constant' ? attributes.data : undefined;
    hash.update(JSON.stringify([op, from, data ? data.length : attributes, shape.map(({ size }) => size)]));
    if (data) hash.update(data);
  }
  return hash.digest('hex');
}
