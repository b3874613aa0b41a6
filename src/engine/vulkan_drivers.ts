import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';

/** Where the Vulkan loader looks for drivers on Linux, beside the folders of the user. */
const folders = ['/etc', '/usr/local/share', '/usr/share'].map((folder) => join(folder, 'vulkan', 'icd.d'));

/** Names the drivers whose files the loader may use, as globs; read when its library is loaded. */
const selection = 'VK_LOADER_DRIVERS_SELECT';

/**
 * Drivers that the Vulkan loader finds and that are not left out by name: `nvidia` for `nvidia_icd.json`. Whether their
 * libraries are there, the loader alone knows.
 */
export function vulkanDrivers(): string[] {
  const globs = (process.env[selection] ?? '*').toLowerCase().split(',');
  return namesOf(files().filter((file) => globs.some((glob) => fits(basename(file).toLowerCase(), glob))));
}

/** All that the loader finds, also those left out by name. */
export function allVulkanDrivers(): string[] {
  return namesOf(files());
}

function files(): string[] {
  const named = process.env['VK_DRIVER_FILES'] ?? process.env['VK_ICD_FILENAMES'];
  const found = named ? named.split(delimiter) : [...folders, ...ownFolders()].flatMap(filesIn);
  return found.filter((file) => file.endsWith('.json'));
}

/** From now on the loader offers the devices of drivers with this word in their names, unless the environment says which. */
export function selectVulkanDriver(word: string): void {
  process.env[selection] ??= `*${word}*`;
}

/** What the loader was told to choose from; undefined for all. */
export const selectedVulkanDrivers = (): string | undefined => process.env[selection];

const ownFolders = (): string[] => {
  const data = process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share');
  return [join(data, 'vulkan', 'icd.d')];
};

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Whether a glob means the whole name of a driver's file, as the loader reads it. */
function fits(file: string, glob: string): boolean {
  const parts = glob.split('*').map((part) => part.replace(/[^\w]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(file);
}

const namesOf = (paths: readonly string[]): string[] => [...new Set(paths.map(nameOf))].sort();
const nameOf = (file: string): string => basename(file).replace(/(_icd)?(\.[^.]*)?\.json$/, '');
