/**
 * The registers of a fast hypercall: RDX, R8 and XMM0 to XMM5, 112 bytes in a row. Input begins at the first; output begins at the
 * register pair behind the input. Source: TLFS "Hypercall Interface", "XMM Fast Hypercall Input" and "Output"; 64-bit callers.
 */

/** Bytes of RDX and R8. */
export const GENERAL_BYTES = 16;
/** Bytes of all eight. */
export const FAST_BYTES = 112;
/** Output begins at a multiple of this. */
const PAIR = 16;

/** The registers of one processor, by byte. */
export class FastRegisters {
  readonly view: DataView = new DataView(new ArrayBuffer(FAST_BYTES));

  /** True when input and output of these sizes in bytes find room side by side. */
  static fit(input: number, output: number): boolean {
    return pairs(input) + pairs(output) <= FAST_BYTES / PAIR;
  }

  /** RDX and R8 as the guest calls with them. */
  load(rdx: bigint, r8: bigint): void {
    this.view.setBigUint64(0, BigInt.asUintN(64, rdx), true);
    this.view.setBigUint64(8, BigInt.asUintN(64, r8), true);
  }

  /** Half of XMM`index`: 64 bits, the low half first. */
  xmm(index: number, half: 0 | 1): bigint {
    return this.view.getBigUint64(GENERAL_BYTES + PAIR * index + 8 * half, true);
  }

  setXmm(index: number, half: 0 | 1, value: bigint): void {
    this.view.setBigUint64(GENERAL_BYTES + PAIR * index + 8 * half, BigInt.asUintN(64, value), true);
  }

  /** The registers behind `input` bytes of input, in which a call returns `output` bytes. */
  outputAfter(input: number, output: number): DataView {
    return new DataView(this.view.buffer, pairs(input) * PAIR, output);
  }
}

const pairs = (bytes: number): number => Math.ceil(bytes / PAIR);
