/**
 * The hypercalls that interrupt a set of processors.
 *
 * Sources: TLFS `hypercalls/HvCallSendSyntheticClusterIpi.md` and `…Ex.md`; OpenVMM `vm/hv1/hv1_hypercall/src/imp.rs` (reserved bytes,
 * target VTL) and `openhcl/virt_mshv_vtl/src/processor/hardware_cvm/mod.rs` (vectors from 16 to 255); Linux `arch/x86/kvm/hyperv.c`
 * (`kvm_hv_send_ipi`: a set that names nobody succeeds; who lacks the hint is denied). KVM answers a vector that is none with
 * INVALID_HYPERCALL_INPUT, OpenVMM with INVALID_PARAMETER; here it is the latter, since the control word is right.
 */
import { HV_STATUS, HVCALL } from '../wire/hypercall.ts';
import { HV_SYNIC_FIRST_VALID_VECTOR } from '../wire/synic-constants.ts';
import type { Hypercall, HypercallInput, HypercallOutcome } from './hypercalls.ts';
import type { Partition } from './partition.ts';
import type { HvStatus } from './synic.ts';
import { VP_SET_HEADER_BYTES, vpsOfMask, vpsOfSet } from './vp-set.ts';

/** Vector, target VTL, three bytes of padding; then a mask, or a set. */
const TARGETS_AT = 8;
const LAST_VECTOR = 255;

/** The calls of one partition. */
export function ipiCalls(partition: Partition): Hypercall[] {
  const count = partition.vps.length;
  return [
    {
      code: HVCALL.SEND_IPI,
      name: 'SEND_IPI',
      inputBytes: TARGETS_AT + 8,
      allowed: (features) => features.hintClusterIpi,
      run: (input) => send(partition, input, vpsOfMask(input.bytes.getBigUint64(TARGETS_AT, true), count)),
    },
    {
      code: HVCALL.SEND_IPI_EX,
      name: 'SEND_IPI_EX',
      inputBytes: TARGETS_AT + VP_SET_HEADER_BYTES,
      variable: true,
      allowed: (features) => features.hintClusterIpi && features.hintExProcessorMasks,
      run: (input) => send(partition, input, vpsOfSet(input.bytes, TARGETS_AT, input.variable, count)),
    },
  ];
}

function send(
  partition: Partition,
  { vp, bytes }: HypercallInput,
  targets: readonly number[] | HvStatus,
): HypercallOutcome {
  const vector = bytes.getUint32(0, true);
  const vtlAndPadding = bytes.getUint32(4, true);
  if (vtlAndPadding !== 0 || vector < HV_SYNIC_FIRST_VALID_VECTOR || vector > LAST_VECTOR)
    return { status: HV_STATUS.INVALID_PARAMETER };
  if (typeof targets === 'number') return { status: targets };
  partition.ipis.send(partition.vps[vp], targets, vector);
  return { status: HV_STATUS.SUCCESS };
}
