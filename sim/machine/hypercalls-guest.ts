/**
 * The hypercalls that every guest with drivers makes: to the host's ports, and while it waits for a lock.
 *
 * Sources: TLFS `hypercalls/HvCallPostMessage.md`, `HvCallSignalEvent.md`, `HvCallNotifyLongSpinWait.md`.
 */
import { HV_STATUS, HVCALL } from '../wire/hypercall.ts';
import { HV_MESSAGE_PAYLOAD_BYTE_COUNT } from '../wire/synic-constants.ts';
import type { Hypercall } from './hypercalls.ts';
import type { Synic } from './synic.ts';

/** POST_MESSAGE: up to 240 bytes to a message port of the host. */
export function postMessage(synic: Synic): Hypercall {
  return {
    code: HVCALL.POST_MESSAGE,
    name: 'POST_MESSAGE',
    inputBytes: 16 + HV_MESSAGE_PAYLOAD_BYTE_COUNT,
    allowed: (features) => features.postMessages,
    run: ({ vp, bytes }) => {
      const type = bytes.getUint32(8, true);
      const size = bytes.getUint32(12, true);
      const reserved = bytes.getUint32(4, true);
      // Types from 0x80000000 are the hypervisor's own, and type 0 marks a free slot.
      if (reserved !== 0 || size > HV_MESSAGE_PAYLOAD_BYTE_COUNT || type === 0 || type >= 0x8000_0000) {
        return { status: HV_STATUS.INVALID_PARAMETER };
      }
      const payload = new Uint8Array(bytes.buffer, 16, size);
      return {
        status: synic.post(vp, bytes.getUint32(0, true), type, payload) ?? HV_STATUS.INVALID_CONNECTION_ID,
      };
    },
  };
}

const SIGNAL_STATUS = {
  'no port': HV_STATUS.INVALID_CONNECTION_ID,
  'no flag': HV_STATUS.INVALID_PARAMETER,
  done: HV_STATUS.SUCCESS,
} as const;

/** SIGNAL_EVENT: sets a flag of an event port of the host. */
export function signalEvent(synic: Synic): Hypercall {
  return {
    code: HVCALL.SIGNAL_EVENT,
    name: 'SIGNAL_EVENT',
    inputBytes: 8,
    allowed: (features) => features.signalEvents,
    run: ({ bytes }) => {
      if (bytes.getUint16(6, true) !== 0) return { status: HV_STATUS.INVALID_PARAMETER };
      return { status: SIGNAL_STATUS[synic.signal(bytes.getUint32(0, true), bytes.getUint16(4, true))] };
    },
  };
}

/** NOTIFY_LONG_SPIN_WAIT: an advice, so there is no status but SUCCESS. `spun` is told which processor spins. */
export function longSpinWait(spun: (vp: number) => void): Hypercall {
  return {
    code: HVCALL.NOTIFY_LONG_SPIN_WAIT,
    name: 'NOTIFY_LONG_SPIN_WAIT',
    inputBytes: 8,
    allowed: () => true,
    run: ({ vp }) => {
      spun(vp);
      return { status: HV_STATUS.SUCCESS };
    },
  };
}
