import { vulkanAdapters } from './adapters.ts';
import type { Engine } from './contract.ts';
import { OnnxEngine } from './onnx/engine.ts';
import { allVulkanDrivers, selectedVulkanDrivers } from './vulkan_drivers.ts';

/**
 * ONNX Runtime on a graphics device, through Vulkan, Metal or Direct3D 12. Float32; sums in another order than the
 * processor's and transcendental functions by the device's own rules, so that results agree to about 1e-5 a step.
 * The binding fills no tensor that it is given for an output, but returns new buffers at every run, out of ONNX Runtime's
 * cache: so there are no outputs made beforehand, and no graph to capture, which works on fixed buffers.
 * The provider takes the device that Dawn holds to be the fastest, and the binding passes on nothing to name one (`deviceId`
 * numbers contexts, not devices); the Vulkan loader can be made to offer only those of a driver, by its name.
 * The option to keep shaders inside their buffers moves what is written past the end to the last number: it mends nothing.
 */
export const webgpuEngine: Engine = new OnnxEngine({
  name: 'webgpu',
  // Shapes never change: buffers of the very same sizes are wanted again at every run.
  executionProvider: { name: 'webgpu', storageBufferCacheMode: 'simple' },
  device: true,
  residence: 'gpu-buffer',
  // Workgroups in one direction, on every device.
  mostRows: 65_535,
  explain,
  adapters: vulkanAdapters,
});

/** ONNX Runtime only says that there is no adapter; why, the loader writes to stderr. */
function explain(error: string, stderr: string): string {
  const cause = error.replace(/^.*Failed to get a WebGPU adapter: /, '');
  if (process.platform !== 'linux' || !/No supported adapters/.test(error)) return cause;
  const loading = /Couldn't load Vulkan: (.*)/.exec(stderr)?.[1];
  if (loading !== undefined) return `the Vulkan loader does not load (${loading}); install libvulkan1 or vulkan-loader`;
  if (/Found no drivers|INCOMPATIBLE_DRIVER/.test(stderr)) {
    const wanted = selectedVulkanDrivers();
    const others = allVulkanDrivers();
    if (wanted !== undefined && others.length > 0) {
      return `no Vulkan driver that works is called ${wanted}; there are ${others.join(', ')} (config set adapter)`;
    }
    return 'the Vulkan loader finds no driver; install that of the graphics card (in a container also its file in /usr/share/vulkan/icd.d)';
  }
  return `${cause}: Vulkan sees no device`;
}
