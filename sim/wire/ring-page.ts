/**
 * The control page of a ring. `ring.ts` works on it; offsets there are checked against this declaration by a test.
 */
import { array, bits, bytes, either, field, flexible, u8, u32 } from './layout.ts';
import { HYPERV_H } from './sources.ts';
import { struct } from './struct.ts';

export const hvRingBuffer = struct(
  'hv_ring_buffer',
  { source: HYPERV_H, packed: true, doc: 'Control page and, behind it, the data.' },
  {
    write_index: field(u32, 'next byte to be written; owned by the producer'),
    read_index: field(u32, 'next byte to be read; owned by the consumer'),
    interrupt_mask: field(u32, 'not 0: the consumer polls, do not signal it'),
    pending_send_sz: field(u32, 'not 0: the producer waits for this many free bytes'),
    reserved1: array(u32, 12),
    feature_bits: field(
      either({
        ...bits(u32, { feat_pending_send_sz: 1 }),
        value: u32,
      }),
      'see below',
    ),
    reserved2: bytes(4028),
    buffer: field(flexible(u8), 'the data area'),
  },
);
