/**
 * The monitor page: a guest sets a trigger bit instead of a hypercall, and the hypervisor signals later, within the latency of the trigger.
 */
import { array, bits, bytes, field, i32, inline, u16, u32, u64 } from './layout.ts';
import { HYPERV_VMBUS_H } from './sources.ts';
import { struct, union } from './struct.ts';
import { hvConnectionId } from './synic.ts';

export const hvMonitorTriggerGroup = union(
  'hv_monitor_trigger_group',
  { source: HYPERV_VMBUS_H, doc: '32 triggers.' },
  {
    as_uint64: u64,
    ...inline({
      pending: field(u32, 'bit n: signal trigger n'),
      armed: field(u32, 'bit n: trigger n is watched'),
    }),
  },
);

export const hvMonitorParameter = struct(
  'hv_monitor_parameter',
  { source: HYPERV_VMBUS_H, doc: 'What a trigger signals.' },
  {
    connectionid: hvConnectionId,
    flagnumber: field(u16, 'event flag'),
    rsvdz: u16,
  },
);

export const hvMonitorTriggerState = union(
  'hv_monitor_trigger_state',
  { source: HYPERV_VMBUS_H, doc: 'Which groups are in use.' },
  {
    asu32: u32,
    ...bits(u32, { group_enable: [4, 'bit n: group n'], rsvdz: 28 }),
  },
);

export const hvMonitorPage = struct(
  'hv_monitor_page',
  { source: HYPERV_VMBUS_H, doc: '4 groups of 32 triggers.' },
  {
    trigger_state: hvMonitorTriggerState,
    rsvdz1: u32,
    trigger_group: array(hvMonitorTriggerGroup, 4),
    rsvdz2: array(u64, 3),
    next_checktime: field(array(array(i32, 32), 4), 'of each trigger'),
    latency: field(array(array(u16, 32), 4), 'of each trigger, 100 ns units'),
    rsvdz3: array(u64, 32),
    parameter: field(array(array(hvMonitorParameter, 32), 4), 'of each trigger'),
    rsvdz4: bytes(1984),
  },
);
