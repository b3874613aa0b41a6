import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { ModelBuilder } from './model.ts';
import { type Provider, sessionOptions } from './provider.ts';
import { loadRuntime, type Runtime } from './runtime.ts';

/**
 * Copies numbers from a device to main memory. ONNX Runtime's binding for Node cannot read a tensor that lives on a
 * device, but brings there what a session returns: so a session returns its input.
 */
export class DeviceReader {
  readonly #runtime: Runtime;
  readonly #session: InferenceSession;

  private constructor(runtime: Runtime, session: InferenceSession) {
    this.#runtime = runtime;
    this.#session = session;
  }

  static async open(provider: Provider): Promise<DeviceReader> {
    const runtime = await loadRuntime();
    const model = new ModelBuilder();
    model.input('device', ['length']);
    model.node('Identity', ['device'], {}, 'host');
    model.output('host', ['length']);
    const session = await runtime.InferenceSession.create(model.finish(), sessionOptions(provider, {}));
    return new DeviceReader(runtime, session);
  }

  async read({ gpuBuffer, size }: Tensor): Promise<Float32Array> {
    const device = this.#runtime.Tensor.fromGpuBuffer(gpuBuffer, { dataType: 'float32', dims: [size] });
    const { host } = await this.#session.run({ device });
    return host!.data as Float32Array;
  }
}
