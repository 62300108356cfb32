/**
 * Types and flags of the packets in a ring. Source: Linux `include/linux/hyperv.h` (`enum vmbus_packet_type`).
 */
import { codes } from './codes.ts';

/** `type` of a packet descriptor. */
export const packetTypes = codes({
  INVALID: [0x0, 'never sent'],
  SYNCH: [0x1, 'not used'],
  ADD_XFER_PAGESET: [0x2, 'not used'],
  RM_XFER_PAGESET: [0x3, 'not used'],
  ESTABLISH_GPADL: [0x4, 'not used'],
  TEARDOWN_GPADL: [0x5, 'not used'],
  DATA_INBAND: [0x6, 'payload is in the ring'],
  DATA_USING_XFER_PAGES: [0x7, 'payload is in the receive buffer; the header lists its parts'],
  DATA_USING_GPADL: [0x8, 'not used'],
  DATA_USING_GPA_DIRECT: [0x9, 'the header lists guest pages; the payload is the command'],
  CANCEL_REQUEST: [0xa, 'not used'],
  COMP: [0xb, 'answer to the packet with the same transaction id'],
  DATA_USING_ADDITIONAL_PKT: [0xc, 'not used'],
  ADDITIONAL_DATA: [0xd, 'not used'],
});
/** The packet types by name. */
export const VM_PKT = packetTypes.values;
