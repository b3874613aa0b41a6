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
    // Warnings would be written to the terminal, across the screen.
    runtime.env.logLevel = 'error';
    return runtime;
  });
  return loading;
}
