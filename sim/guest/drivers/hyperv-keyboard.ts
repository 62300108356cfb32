/**
 * hyperv-keyboard: asks for version 1.0 and gives every key to the input layer as the bytes that a PC keyboard would have sent.
 *
 * After Linux 6.1 `drivers/input/serio/hyperv-keyboard.c`: it never looks at the bit that says "this is a character", and so takes its
 * number for a scan code.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import { KEYSTROKE, SYNTH_KBD, SYNTH_KBD_ACCEPTED, SYNTH_KBD_VERSION } from '../../wire/input-codes.ts';
import { synthKbdKeystroke, synthKbdProtocolRequest, synthKbdProtocolResponse } from '../../wire/synthkbd.ts';
import { MessageDriver } from './message-driver.ts';
import type { Vmbus } from './vmbus.ts';
import type { VmbusChannel } from './vmbus-channel.ts';

/** KBD_VSC_SEND_RING_BUFFER_SIZE in pages, control page included. */
const RING_PAGES = 9;
const XTKBD_RELEASE = 0x80;
const PREFIX = { E0: 0xe0, E1: 0xe1 } as const;

/** The driver. */
export class HypervKeyboard extends MessageDriver {
  /** Bytes for the input layer, oldest first, as from an AT keyboard in translated mode. */
  readonly bytes: number[] = [];
  private started = false;

  constructor(vmbus: Vmbus, channel: VmbusChannel) {
    super(vmbus, channel, false);
  }

  /** hv_kbd_probe. False when the host says no. */
  *probe(cpu: Cpu): Program<boolean> {
    if (!(yield* this.open(cpu, RING_PAGES))) return false;
    const request = synthKbdProtocolRequest.encode({
      'header.type': SYNTH_KBD.PROTOCOL_REQUEST,
      'version_requested.version': SYNTH_KBD_VERSION,
    });
    const answer = yield* this.ask(cpu, request, SYNTH_KBD.PROTOCOL_RESPONSE, 1);
    this.started =
      answer !== undefined &&
      answer.byteLength >= synthKbdProtocolResponse.size &&
      (answer.getUint32(4, true) & SYNTH_KBD_ACCEPTED) !== 0;
    if (!this.started) yield* this.channel.close(cpu);
    return this.started;
  }

  // biome-ignore lint/correctness/useYield: receiving is a program.
  protected override *receive(_cpu: Cpu, type: number, message: DataView): Program<boolean> {
    if (type === SYNTH_KBD.PROTOCOL_RESPONSE) return true;
    if (type !== SYNTH_KBD.EVENT || message.byteLength < synthKbdKeystroke.size) return false;
    if (!this.started) return true;
    const info = message.getUint32(8, true);
    if ((info & KEYSTROKE.E0) !== 0) this.bytes.push(PREFIX.E0);
    if ((info & KEYSTROKE.E1) !== 0) this.bytes.push(PREFIX.E1);
    const released = (info & KEYSTROKE.BREAK) === 0 ? 0 : XTKBD_RELEASE;
    this.bytes.push((message.getUint16(4, true) | released) & 0xff);
    return true;
  }
}
