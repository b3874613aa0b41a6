import { createHash } from 'node:crypto';
import { UserError } from '../core/errors.ts';
import type { SafetensorsHeader } from './safetensors.ts';

/** What stands in the field while the sum is computed; as long as a sum, so that no offset moves. */
export const blank = '0'.repeat(64);

const digestPattern = /^[0-9a-f]{64}$/;
/** How a text ends in which damage left the end of a sum. */
const remainsPattern = /[0-9a-f]{20}$/;

/**
 * Fills the blank `sha256` field of a file in place: SHA-256, in hexadecimal, of all its bytes while the field's 64
 * digits are zeros.
 */
export function seal(file: Uint8Array): Uint8Array {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const field = `"sha256":"${blank}"`;
  bytes.write(digest(file), bytes.indexOf(field) + field.indexOf(blank), 'latin1');
  return file;
}

/**
 * Checks the sum of a file.
 * @returns false when the file carries none
 * @throws UserError when the sum is wrong or malformed
 */
export function verifySeal(file: Uint8Array, header: SafetensorsHeader, where: string): boolean {
  const claimed = header.metadata.get('sha256');
  if (claimed === undefined) {
    // Damage to the field's own name would otherwise turn the check off.
    if ([...header.metadata.values()].some((text) => remainsPattern.test(text))) throw broken(where);
    return false;
  }
  const start = Buffer.from(file.buffer, file.byteOffset, header.bytes);
  const at = start.indexOf(claimed);
  if (!digestPattern.test(claimed) || at < 0 || start.indexOf(claimed, at + 1) >= 0) throw broken(where);
  const blanked = createHash('sha256')
    .update(file.subarray(0, at))
    .update(blank)
    .update(file.subarray(at + claimed.length))
    .digest('hex');
  if (blanked !== claimed) throw broken(where);
  return true;
}

function digest(file: Uint8Array): string {
  return createHash('sha256').update(file).digest('hex');
}

function broken(where: string): UserError {
  return new UserError({
    where,
    what: 'does not match its checksum: damaged or edited',
    fix: 'use another snapshot; a program that edits one must leave out the sha256 field',
  });
}
