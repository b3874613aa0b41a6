/** Instructions by their names in the standard, without operands of their own. */
export const opcodes = {
  'i32.add': [0x6a],
  'i32.sub': [0x6b],
  'v128.and': simd(0x4e),
  'v128.andnot': simd(0x4f),
  'v128.or': simd(0x50),
  'v128.xor': simd(0x51),
  'v128.bitselect': simd(0x52),
  'f32x4.eq': simd(0x41),
  'f32x4.lt': simd(0x43),
  'f32x4.gt': simd(0x44),
  'f32x4.le': simd(0x45),
  'f32x4.ge': simd(0x46),
  'f32x4.neg': simd(0xe1),
  'f32x4.sqrt': simd(0xe3),
  'f32x4.add': simd(0xe4),
  'f32x4.sub': simd(0xe5),
  'f32x4.mul': simd(0xe6),
  'f32x4.div': simd(0xe7),
  'f32x4.min': simd(0xe8),
  'f32x4.max': simd(0xe9),
  'f32x4.pmax': simd(0xeb),
  'f32x4.convert_i32x4_s': simd(0xfa),
  'i32x4.lt_s': simd(0x39),
  'i32x4.add': simd(0xae),
  'i32x4.sub': simd(0xb1),
} as const;

export type Opcode = keyof typeof opcodes;

/** Those with an address or lanes of their own. */
export const access = {
  load: simd(0x00),
  loadSplat: simd(0x09),
  store: simd(0x0b),
  constant: simd(0x0c),
  shuffle: simd(0x0d),
  store32: simd(0x5a),
  store64: simd(0x5b),
  shiftLeft: simd(0xab),
  shiftRight: simd(0xac),
} as const;

function simd(code: number): readonly number[] {
  return [0xfd, ...unsigned(code)];
}

/** LEB128, unsigned. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return bytes;
}

/** LEB128 of a 32-bit number, signed. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 127;
    rest >>= 7;
    const isLast = (rest === 0 && low < 64) || (rest === -1 && low >= 64);
    bytes.push(isLast ? low : low + 128);
    if (isLast) return bytes;
  }
}
