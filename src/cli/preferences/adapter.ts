import { selectVulkanDriver } from '../../engine/vulkan_drivers.ts';
import { readPreferences } from './preferences.ts';

/** Makes `webgpu` compute on a device of the driver that the preferences name. A damaged file is for the command to report. */
export function preferAdapter(): void {
  if (process.platform !== 'linux') return;
  try {
    const { adapter } = readPreferences();
    if (adapter !== undefined) selectVulkanDriver(adapter);
  } catch {
    return;
  }
}
