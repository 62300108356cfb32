/**
 * hid-hyperv: a mouse whose HID descriptor and reports come over a channel.
 *
 * After Linux 6.1 `drivers/hid/hid-hyperv.c`. Reports are read as this one mouse sends them; Linux hands the report descriptor to a parser
 * that finds out where buttons and axes lie. Left out: three stray bytes that Linux sends behind its messages.
 */
import type { Program } from '../../core/program.ts';
import type { Cpu } from '../../machine/cpu.ts';
import {
  MOUSE_REPORT_BYTES,
  SYNTH_HID,
  SYNTHHID_INPUT_VERSION,
  SYNTHHID_MAX_REPORT,
} from '../../wire/input-codes.ts';
import {
  synthhidDeviceInfo,
  synthhidDeviceInfoAck,
  synthhidMsgHdr,
  synthhidProtocolRequest,
} from '../../wire/synthhid.ts';
import { MessageDriver } from './message-driver.ts';
import type { Vmbus } from './vmbus.ts';
import type { VmbusChannel } from './vmbus-channel.ts';

/** INPUTVSC_SEND_RING_BUFFER_SIZE in pages, control page included. */
const RING_PAGES = 9;
const HEADER = synthhidMsgHdr.size;
const DESCRIPTOR_AT = synthhidDeviceInfo.offsets.hid_descriptor;

/** One report. */
export interface MouseReport {
  readonly buttons: number;
  /** 0 to 32767 over the screen. */
  readonly x: number;
  readonly y: number;
  readonly wheel: number;
}

/** The driver. */
export class HidHyperv extends MessageDriver {
  vendor = 0;
  product = 0;
  /** The report descriptor as the host sent it. */
  descriptor: Uint8Array = new Uint8Array(0);
  /** Reports for the input layer, oldest first. */
  readonly reports: MouseReport[] = [];
  private ready = false;

  constructor(vmbus: Vmbus, channel: VmbusChannel) {
    super(vmbus, channel, true);
  }

  /** mousevsc_probe. False when the host says no, or describes no device. */
  *probe(cpu: Cpu): Program<boolean> {
    if (!(yield* this.open(cpu, RING_PAGES))) return false;
    this.ready = yield* this.connect(cpu);
    if (!this.ready) yield* this.channel.close(cpu);
    return this.ready;
  }

  /** mousevsc_connect_to_vsp: the answer, and right behind it the description. */
  private *connect(cpu: Cpu): Program<boolean> {
    this.expect(SYNTH_HID.INITIAL_DEVICE_INFO);
    const request = synthhidProtocolRequest.encode({
      'header.type': SYNTH_HID.PROTOCOL_REQUEST,
      'header.size': 4,
      'version_requested.version': SYNTHHID_INPUT_VERSION,
    });
    const answer = yield* this.ask(cpu, request, SYNTH_HID.PROTOCOL_RESPONSE, 1);
    if (!answer || answer.byteLength < HEADER + 5 || answer.getUint8(HEADER + 4) === 0) return false;
    const info = yield* this.wait(cpu, SYNTH_HID.INITIAL_DEVICE_INFO);
    if (!info || !this.understand(info)) return false;
    const ack = synthhidDeviceInfoAck.encode({
      'header.type': SYNTH_HID.INITIAL_DEVICE_INFO_ACK,
      'header.size': 1,
    });
    return yield* this.send(cpu, ack, 1);
  }

  /** mousevsc_on_receive_device_info. Lengths are checked against the message, which Linux does not. */
  private understand(info: DataView): boolean {
    if (info.byteLength < synthhidDeviceInfo.size) return false;
    this.vendor = info.getUint16(HEADER + 4, true);
    this.product = info.getUint16(HEADER + 6, true);
    const from = DESCRIPTOR_AT + info.getUint8(DESCRIPTOR_AT);
    const size = info.getUint16(DESCRIPTOR_AT + 7, true);
    if (size === 0 || from + size > info.byteLength) return false;
    this.descriptor = new Uint8Array(info.buffer, info.byteOffset + from, size).slice();
    return true;
  }

  // biome-ignore lint/correctness/useYield: receiving is a program.
  protected override *receive(_cpu: Cpu, type: number, message: DataView): Program<boolean> {
    if (type === SYNTH_HID.PROTOCOL_RESPONSE || type === SYNTH_HID.INITIAL_DEVICE_INFO) return true;
    const size = message.byteLength >= HEADER ? message.getUint32(4, true) : 0;
    const fits = size >= MOUSE_REPORT_BYTES && size <= SYNTHHID_MAX_REPORT;
    if (type !== SYNTH_HID.INPUT_REPORT || !fits || HEADER + size > message.byteLength) return false;
    if (!this.ready) return true;
    this.reports.push({
      buttons: message.getUint8(HEADER),
      x: message.getUint16(HEADER + 1, true),
      y: message.getUint16(HEADER + 3, true),
      wheel: message.getInt16(HEADER + 5, true),
    });
    return true;
  }
}
