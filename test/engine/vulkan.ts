import { existsSync } from 'node:fs';
import { webgpuEngine } from '../../src/engine/webgpu.ts';

/** A Vulkan device in software, of Debian's package chromium-common, for machines without a graphics card. */
const software = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Makes Vulkan look there, unless it was told where to look. */
export function offerSoftwareVulkan(): void {
  if (existsSync(software)) process.env['VK_DRIVER_FILES'] ??= software;
}

/** Set where a missing Vulkan is an error, not a reason to skip. */
export const needsVulkan = Boolean(process.env['INCLINE_NEEDS_VULKAN']);

/** Whether there is a device, or must be one; says so where there is none. */
export async function webgpuIsHere(what: string): Promise<boolean> {
  offerSoftwareVulkan();
  const here = await webgpuEngine.availability();
  if (!here.usable) console.warn(`${what} on webgpu is not tested: ${here.reason}`);
  return here.usable || needsVulkan;
}
