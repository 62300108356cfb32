/**
 * The synthetic keyboard at the host's end: the guest asks for a version, and from then on hears of every key that goes down or up.
 *
 * Keys have the numbers that a PC keyboard sends (scan code set 1), with the prefix that some of them have in the upper byte: 1Eh is A,
 * E048h the arrow up. Characters can be sent by their UTF-16 unit instead; Linux takes such a number for a scan code and so types
 * something else.
 *
 * Sources: Linux `drivers/input/serio/hyperv-keyboard.c` for what guests expect; OpenVMM `vm/devices/uidevices/src/keyboard` for what a
 * host answers.
 */
import type { Partition } from '../../machine/partition.ts';
import {
  KEYSTROKE,
  SYNTH_KBD,
  SYNTH_KBD_ACCEPTED,
  SYNTH_KBD_MAX_MESSAGE,
  SYNTH_KBD_VERSION,
} from '../../wire/input-codes.ts';
import { synthKbdKeystroke, synthKbdProtocolResponse } from '../../wire/synthkbd.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import { MessageDevice } from './message-device.ts';
import { scanCodesOf } from './scan-codes.ts';

/** The keyboard. */
export class Keyboard extends MessageDevice {
  /** The agreed version; 0 before. */
  version = 0;
  /** Lights that the guest has on: 1 scroll lock, 2 num lock, 4 caps lock. */
  leds = 0;

  constructor(partition: Partition) {
    super(partition, {
      name: 'keyboard',
      interfaceId: DEVICE_CLASS.KBD.guid,
      instanceId: 'd34b2567-b9b6-42b9-8778-0a4ec0b955bf',
      piped: false,
      mostBytes: SYNTH_KBD_MAX_MESSAGE,
      answerBytes: synthKbdProtocolResponse.size,
    });
  }

  /** A key goes down or up. False when the guest does not hear it: it has no driver, or does not read. */
  key(scanCode: number, down: boolean): boolean {
    const prefix = scanCode >>> 8;
    const flags = (prefix === 0xe0 ? KEYSTROKE.E0 : 0) | (prefix === 0xe1 ? KEYSTROKE.E1 : 0);
    return this.stroke(scanCode & 0x7f, flags, down);
  }

  /** A character by its UTF-16 unit. */
  character(unit: number, down: boolean): boolean {
    return this.stroke(unit & 0xffff, KEYSTROKE.UNICODE, down);
  }

  /** Types on an American keyboard; what it has no key for is left out. False when the guest missed a key. */
  type(text: string): boolean {
    return scanCodesOf(text).every(({ code, down }) => this.key(code, down));
  }

  protected override begin(): void {
    this.version = 0;
    this.leds = 0;
  }

  protected override take(message: DataView): boolean {
    if (message.byteLength < 8) return false;
    const type = message.getUint32(0, true);
    if (this.version === 0)
      return type === SYNTH_KBD.PROTOCOL_REQUEST && this.agree(message.getUint32(4, true));
    if (type !== SYNTH_KBD.LED_INDICATORS) return false;
    this.leds = message.getUint16(4, true);
    return true;
  }

  /** A guest may ask again for another version after a refusal. */
  private agree(version: number): boolean {
    if (version === SYNTH_KBD_VERSION) this.version = version;
    const proto_status = this.version === 0 ? 0 : SYNTH_KBD_ACCEPTED;
    this.answer(
      synthKbdProtocolResponse.encode({ 'header.type': SYNTH_KBD.PROTOCOL_RESPONSE, proto_status }),
    );
    return true;
  }

  private stroke(code: number, flags: number, down: boolean): boolean {
    if (this.version === 0) {
      this.counts.lost++;
      return false;
    }
    const info = flags | (down ? 0 : KEYSTROKE.BREAK);
    return this.tell(synthKbdKeystroke.encode({ 'header.type': SYNTH_KBD.EVENT, make_code: code, info }));
  }
}
