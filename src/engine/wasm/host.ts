/** What is used of the host's WebAssembly. */
interface Host {
  compile(bytes: Uint8Array): Promise<Module>;
  instantiate(module: Module, imports: { readonly host: { readonly memory: Memory } }): Promise<Instance>;
  readonly Memory: new (size: { readonly initial: number }) => Memory;
}

/** A compiled module. */
export type Module = object;

export interface Memory {
  readonly buffer: ArrayBuffer;
}

interface Instance {
  readonly exports: { readonly start: () => void; readonly run: () => void };
}

/** Undefined where the host runs without a compiler. */
export const host = (globalThis as { readonly WebAssembly?: Host }).WebAssembly;
