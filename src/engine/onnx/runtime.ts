import type * as OnnxRuntime from 'onnxruntime-node';

export type Runtime = typeof OnnxRuntime;

let loading: Promise<Runtime> | undefined;

/**
 * ONNX Runtime, loaded when first needed: its native library does not exist for every machine, and the rest of the
 * program works without it.
 * @throws Error when there is no library for this machine or it does not load.
 */
export function loadRuntime(): Promise<Runtime> {
  loading ??= import('onnxruntime-node').then((runtime) => {
    // What it writes would go to the terminal, across the screen; what matters is thrown as well.
    runtime.env.logLevel = 'fatal';
    return runtime;
  });
  return loading;
}
