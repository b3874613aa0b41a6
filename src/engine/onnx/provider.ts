import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { CompileOptions, EngineName } from '../contract.ts';
import { type Dialect, outputName } from './lowerings.ts';

/** Where ONNX Runtime computes. */
export interface Provider extends Dialect {
  readonly name: EngineName;
  readonly executionProvider: InferenceSession.ExecutionProviderConfig;
  /** Whether it computes outside the processor, on a device that may be missing. */
  readonly device: boolean;
  /** Where outputs that are fed back can stay; without it they come to main memory. */
  readonly residence?: Tensor.DataLocation;
  /** What is missing before ONNX Runtime is even asked, and what to do about it. */
  readonly obstacle?: () => string | undefined;
  /** What an error of ONNX Runtime, and what was written to stderr meanwhile, come down to. */
  readonly explain?: (error: string, stderr: string) => string;
  /** The names of its devices, as far as the machine tells, the one taken first. */
  readonly adapters?: () => Promise<string[]>;
}

/**
 * Idle threads wait awake for 20 µs, which is about as long as nodes that have no work for them take, and then sleep. Training
 * with two threads takes an eighth less time than if they slept at once, and a tenth more at most where another program, such
 * as the user interface, wants one of the cores; without a limit such a program makes it half as fast.
 *
 * Numbers below 1.2e-38 become 0. The tails of a sharp softmax and the squares of vanishing gradients are such numbers,
 * and processors take ten times as long over them. The flag is the calling thread's own and stays set when the first
 * session has been made, so that numbers below 2.2e-308 become 0 in the JavaScript of that thread, too.
 *
 * A graph that a device cannot run as a whole is refused, as every part left to the processor would cost two copies a run.
 */
export function sessionOptions(
  { executionProvider, device, residence }: Provider,
  { threads = 1, resident = [] }: CompileOptions,
): InferenceSession.SessionOptions {
  const settings = {
    intra_op: { allow_spinning: '1', spin_duration_us: '20' },
    set_denormal_as_zero: '1',
    ...(device && { disable_cpu_ep_fallback: '1' }),
  };
  return {
    executionProviders: [executionProvider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 4,
    extra: { session: settings },
    ...(residence && {
      preferredOutputLocation: Object.fromEntries(resident.map((name) => [outputName(name), residence])),
    }),
  };
}
