/**
 * Inputs of the hypercalls that carry VMBus, and of the one that a spinning lock makes.
 */
import { array, field, u16, u32, u64 } from './layout.ts';
import { HYPERV_VMBUS_H } from './sources.ts';
import { struct } from './struct.ts';
import { hvConnectionId } from './synic.ts';

export const hvInputPostMessage = struct(
  'hv_input_post_message',
  { source: HYPERV_VMBUS_H, doc: 'HVCALL.POST_MESSAGE.' },
  {
    connectionid: field(hvConnectionId, 'connection to a message port'),
    reserved: u32,
    message_type: field(u32, '1 for VMBus'),
    payload_size: field(u32, 'bytes, up to 240'),
    payload: field(array(u64, 30), 'the message'),
  },
);

export const hypervSignalEventInput = struct(
  'hyperv_signal_event_input',
  {
    source: 'qemu-7.2:include/hw/hyperv/hyperv-proto.h',
    doc: 'HVCALL.SIGNAL_EVENT; in its fast form these 8 bytes are the input register.',
  },
  {
    connection_id: field(u32, 'connection to an event port'),
    flag_number: field(u16, 'counted from the port’s base flag'),
    _reserved_zero: u16,
  },
);

export const notifyLongSpinWaitInput = struct(
  'notify_long_spin_wait_input',
  { source: 'tlfs:hypercalls/HvCallNotifyLongSpinWait.md', doc: 'HVCALL.NOTIFY_LONG_SPIN_WAIT.' },
  {
    SpinCount: field(u32, 'how often the guest has spun'),
    RsvdZ: u32,
  },
);
