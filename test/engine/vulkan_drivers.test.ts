import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { vulkanAdapters } from '../../src/engine/adapters.ts';
import { allVulkanDrivers, selectVulkanDriver, vulkanDrivers } from '../../src/engine/vulkan_drivers.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incline-vulkan-'));
  const own = join(folder, 'vulkan', 'icd.d');
  mkdirSync(own, { recursive: true });
  for (const name of ['acme_icd.x86_64.json', 'other_icd.json', 'notes.txt']) writeFileSync(join(own, name), '{}');
  vi.stubEnv('XDG_DATA_HOME', folder);
  vi.stubEnv('VK_DRIVER_FILES', undefined);
  vi.stubEnv('VK_ICD_FILENAMES', undefined);
  vi.stubEnv('VK_LOADER_DRIVERS_SELECT', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test('drivers are found in their folders, or where the loader is told to look', () => {
  expect(allVulkanDrivers()).toEqual(expect.arrayContaining(['acme', 'other']));
  expect(allVulkanDrivers()).not.toContain('notes.txt');
  vi.stubEnv('VK_DRIVER_FILES', ['/x/vk_one_icd.json', '/y/two_icd.i686.json'].join(delimiter));
  expect(allVulkanDrivers()).toEqual(['two', 'vk_one']);
});

test('one is chosen by a part of its name, and what the environment says stays', () => {
  selectVulkanDriver('ACM');
  expect(process.env['VK_LOADER_DRIVERS_SELECT']).toBe('*ACM*');
  expect(vulkanDrivers()).toEqual(['acme']);
  selectVulkanDriver('other');
  expect(vulkanDrivers()).toEqual(['acme']);
  vi.stubEnv('VK_LOADER_DRIVERS_SELECT', 'other_icd*.json,acme*');
  expect(vulkanDrivers()).toEqual(['acme', 'other']);
});

test('the name of a device is not guessed among several drivers', async () => {
  vi.stubEnv('PATH', folder);
  vi.stubEnv('VK_DRIVER_FILES', ['/x/one_icd.json', '/y/two_icd.json'].join(delimiter));
  expect(await vulkanAdapters()).toEqual([]);
  vi.stubEnv('VK_LOADER_DRIVERS_SELECT', '*two*');
  expect(await vulkanAdapters()).toEqual(['two']);
});
