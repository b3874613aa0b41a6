import { createRequire } from 'node:module';
import type * as OnnxRuntime from 'onnxruntime-node';

// From 1.29 on the library keeps a device id in the home folder and looks up a collector's host, unless its environment
// says this when it loads. Set here, where everything that loads it passes; child processes inherit it.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

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

/** The file that a process of its own loads. */
export const runtimePath = (): string => createRequire(import.meta.url).resolve('onnxruntime-node');
