/**
 * The hypercalls by which a guest learns who it is: its partition's id, and which processor has which APIC id.
 *
 * Sources: TLFS `hypercalls/HvCallGetVpIndexFromApicId.md`, `datatypes/hv_partition_privilege_mask.md`. A child partition is given
 * neither privilege unless it is configured so; a root has both.
 */
import { HV_PARTITION_ID_SELF, HV_STATUS, HVCALL } from '../wire/hypercall.ts';
import type { Hypercall, HypercallInput, HypercallOutcome } from './hypercalls.ts';
import type { Partition } from './partition.ts';

/** The calls of one partition. */
export function partitionCalls(partition: Partition): Hypercall[] {
  return [getPartitionId(partition), getVpIndexFromApicId(partition)];
}

function getPartitionId(partition: Partition): Hypercall {
  return {
    code: HVCALL.GET_PARTITION_ID,
    name: 'GET_PARTITION_ID',
    inputBytes: 0,
    outputBytes: 8,
    allowed: (features) => features.accessPartitionId,
    run: ({ output }) => {
      output.setBigUint64(0, BigInt(partition.id), true);
      return { status: HV_STATUS.SUCCESS };
    },
  };
}

/** Bytes of partition id, VTL and padding before the list; an element is 4 bytes of id and 4 of padding, either way. */
const HEADER_BYTES = 16;
const ELEMENT_BYTES = 8;

function getVpIndexFromApicId(partition: Partition): Hypercall {
  return {
    code: HVCALL.GET_VP_INDEX_FROM_APIC_ID,
    name: 'GET_VP_INDEX_FROM_APIC_ID',
    inputBytes: HEADER_BYTES,
    repBytes: ELEMENT_BYTES,
    repOutputBytes: ELEMENT_BYTES,
    allowed: (features) => features.accessVpRegisters,
    run: (input) => vpIndices(partition, input),
  };
}

/** An id that no processor has ends the list: INVALID_PARAMETER, and the elements before it are done. */
function vpIndices(partition: Partition, input: HypercallInput): HypercallOutcome {
  const { bytes, listAt, output, repCount, repStart } = input;
  const id = bytes.getBigUint64(0, true);
  if (id !== HV_PARTITION_ID_SELF && id !== BigInt(partition.id))
    return { status: HV_STATUS.INVALID_PARTITION_ID };
  if (bytes.getUint8(8) !== 0) return { status: HV_STATUS.INVALID_PARAMETER };
  for (let element = repStart; element < repCount; element++) {
    const apicId = bytes.getUint32(listAt + ELEMENT_BYTES * element, true);
    const apic = partition.localApics.findIndex((candidate) => candidate.id === apicId);
    if (apic < 0) return { status: HV_STATUS.INVALID_PARAMETER, reps: element };
    output.setUint32(ELEMENT_BYTES * element, apic, true);
  }
  return { status: HV_STATUS.SUCCESS };
}
